"""Which model an agent pins for itself: its frontmatter, wherever Claude Code would find it.

What the client would do is never guessed towards the cheaper: where two files, or a place that may
or may not count, would give different answers, the agent is not found.
"""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.client import ancestry, settings
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# The agents that come with the client and their own models; "" inherits (seen in 2.1.330).
BUILT_IN = {
    "": "",
    "general-purpose": "",
    "Explore": "",
    "Plan": "",
    "claude": "",
    "claude-code-guide": "haiku",
    "statusline-setup": "sonnet",
    "output-style-setup": "sonnet",
}
# What `CLAUDE_CODE_SUBAGENT_MODEL` says where it pins nothing.
_NO_MODEL = ("inherit", "default")
_MOST_FILES = 500
# The client's answer cannot be told: two files, an odd one, too many.
_UNSURE = "?"
_MOST_BYTES, _ENDS = 65_536, ("---", "...")
_DECIDING = ("name", "model", "description")
# A longer frontmatter is odd; so is a value that decides and begins with one of these.
_SIGNS = ("{", "[", "&", "*", "!", "|", ">", "%", "@", "`", "?", "- ")


def pin(agent_type: str, cwd: str, env: Mapping[str, str]) -> str | None:
    """The model that `agent_type` names for itself, "" if it inherits.

    None where it is not found, or not for sure.
    """
    words = ancestry.command()
    if _by_flag(agent_type, words):
        return None
    plugin, _, name = agent_type.rpartition(":")
    if plugin:
        sure = list(_plugin_places(plugin.partition(":")[0], env))
        doubtful: list[str] = []
        name = name or agent_type
    else:
        sure, doubtful = _own_places(cwd, env)
        doubtful += [os.path.join(place, ".claude", "agents") for place in _added(words, cwd)]
    found = next((model for model in _models(sure, name) if model is not None), None)
    if found is None:
        found = BUILT_IN.get(agent_type)
    if found is None or found == _UNSURE:
        return None
    if any(model not in (None, found) for model in _models(doubtful, name)):
        return None
    return found


def default_model(env: Mapping[str, str]) -> str:
    """The model the user set for all subagents; "" if there is none."""
    value = env.get("CLAUDE_CODE_SUBAGENT_MODEL", "").strip()
    return "" if value.lower() in _NO_MODEL else value


def _by_flag(agent_type: str, words: list[str]) -> bool:
    """Whether the client was perhaps told of this agent otherwise than by a file."""
    if ancestry.is_led(words):
        return True  # it can define agents where nobody sees it
    for flag, value in zip(words, [*words[1:], ""], strict=False):
        name, equals, joined = flag.partition("=")
        told = joined if equals else value
        if name == "--agents":
            try:
                if agent_type in fastjson.loads(told.encode("utf-8", "surrogateescape")):
                    return True
            except (ValueError, TypeError):
                return True
    return False


def _added(words: list[str], cwd: str) -> Iterator[str]:
    """The directories named by `--add-dir`."""
    adds = False
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            adds = name == "--add-dir"
            if adds and equals:
                yield os.path.join(cwd, value)
        elif adds:
            yield os.path.join(cwd, word)


def _own_places(cwd: str, env: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Where agents are looked for in order, and where they perhaps are, too.

    From `cwd` upwards to the repository's root, then the user's; perhaps what lies above the
    root, and a worktree's main checkout.
    """
    home = paths.home(env)
    place = env.get("CLAUDE_PROJECT_DIR") or cwd
    sure: list[str] = []
    doubtful: list[str] = []
    into = sure
    while place and place != home:
        into.append(os.path.join(place, ".claude", "agents"))
        if into is sure and os.path.exists(os.path.join(place, ".git")):
            into = doubtful
            main = settings.main_checkout(place)
            doubtful += [os.path.join(main, ".claude", "agents")] if main else []
        above = os.path.dirname(place)
        if above == place:
            break
        place = above
    sure.append(os.path.join(paths.claude_dir(env), "agents"))
    return sure, doubtful


def _plugin_places(plugin: str, env: Mapping[str, str]) -> Iterator[str]:
    """Where the installed plugin's agents are, and this plugin's own."""
    root = env.get("CLAUDE_PLUGIN_ROOT", "")
    if plugin == paths.APP and root:
        yield os.path.join(root, "agents")
    listing = os.path.join(paths.claude_dir(env), "plugins", "installed_plugins.json")
    try:
        plugins = fastjson.read(listing, settings.LIMIT_BYTES).get("plugins", {})
        for key, installs in plugins.items():
            if key.partition("@")[0] == plugin:
                for install in installs if isinstance(installs, list) else [installs]:
                    yield os.path.join(install["installPath"], "agents")
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return


def _models(places: Iterable[str], name: str) -> Iterator[str | None]:
    """What each place says of the agent: its model, "" if it inherits, None: nothing."""
    for place in places:
        found = {_model(path, name) for path in files(place)} - {None}
        yield None if not found else found.pop() if len(found) == 1 else _UNSURE


def _model(path: str, name: str) -> str | None:
    """The model of the agent `name` by the file at `path`; None if it is of another, or of none."""
    if not path:
        return _UNSURE
    head = frontmatter(path)
    if head is None:
        return None  # a note
    if head.odd:
        about = name in head.text or "\\" in head.text or os.path.basename(path) == name + ".md"
        return _UNSURE if about else None
    if head.fields.get("name", "") != name:
        return None
    if not head.fields.get("description", ""):
        return _UNSURE  # the client may not take it for an agent
    model = head.fields.get("model", "")
    return "" if model == "inherit" else model


def files(place: str) -> Iterator[str]:
    """The files of agents below `place`, links followed, no pipes; "" where there are too many."""
    looked = 0
    for folder, _, files in os.walk(place, followlinks=True):
        looked += 1 + len(files)
        if looked > _MOST_FILES:
            yield ""
            return
        found = (os.path.join(folder, file) for file in files if file.lower().endswith(".md"))
        yield from filter(os.path.isfile, found)


class Head:
    """`fields` of a frontmatter; `odd` if it cannot be read for sure, and then all its `text`."""

    __slots__ = ("fields", "odd", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: dict[str, str] = {}
        self.odd = False


def frontmatter(path: str) -> Head | None:
    """The frontmatter of the file at `path`, odd if not plainly the same in YAML; None if none."""
    try:
        with open(path, "rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace").lstrip("\ufeff")
    except (OSError, ValueError):
        return None
    head = Head(text)
    if "\0" in text:
        head.odd = True
        return head
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != _ENDS[0]:
        head.odd = bool(lines) and lines[0].lstrip().startswith(_ENDS[0])
        return head if head.odd else None
    head.odd = not _fields(head, lines[1:])
    return head


def _fields(head: Head, lines: list[str]) -> bool:
    """Whether the lines up to the end of the frontmatter are plain; their values go to `head`."""
    last = ""
    for line in lines:
        if line.rstrip() in _ENDS:
            return True
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith((" ", "\t", "- ")):
            if last in _DECIDING[:2]:
                return False  # the value goes on
            continue
        key, colon, value = line.partition(":")
        if not colon or (value and not value.startswith((" ", "\t"))):
            return False
        if not key.replace("-", "").replace("_", "").isalnum() or key in head.fields:
            return False
        last, plain = key, _plain(value.strip(), deciding=key in _DECIDING[:2])
        if plain is None:
            return False
        head.fields[key] = plain
    return False  # no end in sight


def _plain(value: str, *, deciding: bool) -> str | None:
    """The text of a value; None where it decides and is not plainly text."""
    if not deciding:
        return value
    if value[:1] in ("'", '"'):
        inner, closed, rest = value[1:].partition(value[0])
        after = rest.strip()
        if not closed or "\\" in inner or (after and not after.startswith("#")):
            return None
        return inner
    value = value.partition(" #")[0].rstrip()
    if value.startswith(("#", *_SIGNS)) or ": " in value or value.endswith(":"):
        return None if not value.startswith("#") else ""
    return value
