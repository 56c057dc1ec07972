"""`cheaproute config`: the settings, what they mean, and changing them."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import shlex
import subprocess

from cheaproute import atomic, fastjson
from cheaproute.cap import limits
from cheaproute.cli import authority, cap_shown, complaints
from cheaproute.cli.context import Context
from cheaproute.config import changes, paths, toml_edit, toml_file
from cheaproute.config import table as defaults
from cheaproute.errors import ConfigError
from cheaproute.report import zone

# Not in config.toml, which is found by it: the directory of ledger, settings and log.
HOME = "home"

# Editors that draw on a terminal.
_ON_SCREEN = ("vi", "vim", "nvim", "nano", "pico", "micro", "hx", "joe", "emacs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("--json", action="store_true", help="all settings as JSON")
    parser.set_defaults(do=_show)
    actions = parser.add_subparsers(metavar="ACTION", title="actions (default: show)")
    actions.add_parser("show", help="all settings with their meaning").set_defaults(do=_show)
    _with_key(actions.add_parser("get", help="one setting's value")).set_defaults(do=_get)
    put = _with_key(actions.add_parser("set", help="change a setting, in config.toml"))
    put.add_argument("value", metavar="VALUE", help="as in TOML; a bare word is a text")
    put.set_defaults(do=_set)
    _with_key(actions.add_parser("unset", help="back to the default")).set_defaults(do=_unset)
    actions.add_parser("edit", help="open config.toml in your editor").set_defaults(do=_edit)
    actions.add_parser(
        "migrate", help="today's names for settings that an earlier version called otherwise"
    ).set_defaults(do=_migrate)
    actions.add_parser("path", help="where config.toml is").set_defaults(do=_path)


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what was asked for."""
    code: int = args.do(args, context)
    return code


def _with_key(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("key", metavar="KEY", help="like routing.enabled or routing.agents.Explore")
    return parser


def _show(args: argparse.Namespace, context: Context) -> int:
    path = paths.config_file(context.env)
    written = toml_file.written(path)
    values = {key: written.get(key, row[0]) for key, row in defaults.SETTINGS.items()}
    if args.json:
        context.out.json(values)
        return 0
    held = cap_shown.by_setting(context)
    for key, value in values.items():
        mark = " *" if key in written else ""
        context.out.line(f"{key} = {held.get(key) or _text(value)}{mark}")
        context.out.line(f"    {defaults.SETTINGS[key][2]}")
    context.say(f"* set in {path}" if written else f"all are defaults; {path} would change them")
    return 0


def _get(args: argparse.Namespace, context: Context) -> int:
    if args.key == HOME:
        context.out.line(paths.data_dir(context.env))
        return 0
    key, inner = _split(args.key)
    value = toml_file.written(paths.config_file(context.env)).get(key, defaults.SETTINGS[key][0])
    if inner:
        value = value.get(inner) if isinstance(value, dict) else None
    if said := cap_shown.by_setting(context).get(key):
        context.say(f"{key} is {said}: `cheaproute cap` shows it")
    context.out.line(value if isinstance(value, str) else _text(value))
    return 0


UNJUDGED = "the judge of main-loop prompts is not in this version: auto leaves every turn as it is"


def judged() -> bool:
    """Whether there is a judge of the main loop's prompts."""
    return importlib.util.find_spec("cheaproute.routing.turns") is not None


def _set_home(word: str, context: Context) -> int:
    """Write down where everything is, in the place where every process looks first."""
    place = paths.absolute(word, context.env)
    if not place:
        raise ConfigError(f"home = {word}: must be an absolute path")
    before = paths.data_dir(context.env)
    if place != before:
        authority.where_a_cap_holds(context)
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror}") from error
    if place != before:
        _take_along(os.path.dirname(paths.config_file(context.env)), place, context)
    atomic.write(paths.home_file(context.env), os.fsencode(place + "\n"), 0o600)
    file = paths.home_file(context.env)
    context.say(f"home = {place}, for whatever starts from now on (in {file})")
    old = os.path.join(before, "ledger.db")
    if before != place and os.path.exists(old) and not os.path.exists(place + "/ledger.db"):
        context.say(f"the ledger of before is {old}: `cheaproute restore {old}` takes it along")
    return 0


def _take_along(config: str, place: str, context: Context) -> None:
    """Copy the settings, and the limits set by command, to where they are from now on."""
    for name in ("config.toml", limits.KEPT):
        there = os.path.join(place, name)
        try:
            content = fastjson.content(os.path.join(config, name), toml_file.LIMIT_BYTES)
        except (OSError, ValueError):
            continue
        if not os.path.exists(there):
            atomic.write(there, content, 0o600)
            context.say(f"{name} went along")


def _set(args: argparse.Namespace, context: Context) -> int:
    if args.key == HOME:
        return _set_home(args.value, context)
    path = paths.config_file(context.env)
    key, inner = _split(args.key)
    if inner:
        table = toml_file.written(path).get(key, {})
        assert isinstance(table, dict)  # noqa: S101  # its kind was checked
        value = toml_file.check(key, {**table, inner: _inner(args.value)}, "config")
    else:
        value = toml_file.parse(key, args.value)
        if (key, value) == ("routing.main", "auto") and not judged():
            raise ConfigError(f"routing.main = auto: {UNJUDGED}")
        if key == "report.timezone" and (unknown := zone.wrong(str(value))):
            raise ConfigError(f"{key} = {value}: {unknown}")
    authority.a_setting(context, key, args.value)  # by whoever's word, it is a value of it
    toml_edit.write(path, {key: value})
    context.say(f"{args.key} = {args.value} (in {path})")
    if key.startswith("cap."):
        context.say("sessions that run already follow from their next prompt on")
    return 0


def _unset(args: argparse.Namespace, context: Context) -> int:
    if args.key == HOME:
        authority.where_a_cap_holds(context)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(paths.home_file(context.env))
        context.say(f"home is back to {paths.data_dir(context.env)}")
        return 0
    path = paths.config_file(context.env)
    key, inner = _split(args.key)
    authority.a_setting(context, key)
    value: object = None
    if inner:
        table = toml_file.written(path).get(key, {})
        assert isinstance(table, dict)  # noqa: S101  # its kind was checked
        value = {name: rest for name, rest in table.items() if name != inner} or None
    toml_edit.write(path, {key: value})
    context.say(f"{args.key} is back to its default ({path})")
    return 0


def _edit(_args: argparse.Namespace, context: Context) -> int:
    authority.a_person(context, terminal=False)
    path = paths.config_file(context.env)
    fallback = "notepad" if os.name == "nt" else "vi"
    editor = context.env.get("VISUAL") or context.env.get("EDITOR") or fallback
    seen = context.stdin.isatty() and context.out.stream.isatty()
    if not seen and os.path.basename(editor.split(" ", 1)[0]) in _ON_SCREEN:
        raise ConfigError(
            f"no terminal for {editor}: the file is {path}, and `cheaproute config set KEY VALUE`"
            " changes it, too"
        )
    if not os.path.exists(path):
        atomic.write(path, _template().encode())
    try:
        subprocess.run([*shlex.split(editor), path], env=dict(context.env), cwd="/", check=True)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise ConfigError(f"editor {editor!r} failed: {error}: set VISUAL or EDITOR") from error
    toml_file.read(path)
    return 0


def _migrate(_args: argparse.Namespace, context: Context) -> int:
    path = paths.config_file(context.env)
    found = toml_file.renamed(path)
    if not found:
        context.say(f"every name in {path} is today's")
        return 0
    after = toml_edit.migrated(path)[1]
    content = toml_file.text(path).encode(after)
    place = changes.make(context.env, "config", path, content, context.now_ms())
    for old, new in found:
        context.out.line(f"{old} -> {new}" if new else f"{old}: no longer read")
    context.say(f"written; the file as it was is kept in {place}")
    return 0


def _path(_args: argparse.Namespace, context: Context) -> int:
    context.out.line(paths.config_file(context.env))
    return 0


def _split(word: str) -> tuple[str, str]:
    """The setting's key, and the name inside it where the setting is a table."""
    if word in defaults.SETTINGS:
        return word, ""
    for key, row in defaults.SETTINGS.items():
        if row[1].startswith("{") and word.startswith(key + ".") and word != key + ".":
            return key, word[len(key) + 1 :]
    raise ConfigError(complaints.no_setting(word, defaults.SETTINGS))


def _inner(text: str) -> object:
    """A table's value: a tier as a bare word, or prices as in TOML."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _text(value: object) -> str:
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)


def _template() -> str:
    """A config.toml that says what could be set and sets nothing."""
    lines, section = ["# cheaproute's settings; what is commented out has the value shown.", ""], ""
    for key, (value, kind, meaning) in defaults.SETTINGS.items():
        head, _, name = key.rpartition(".")
        if head != section:
            section = head
            lines += ["", f"[{section}]"]
        shown = "{}" if value == {} else "10" if value is None else _text(value)
        lines.append(f"# {name} = {shown}  # {meaning} ({kind})")
    return "\n".join(lines) + "\n"
