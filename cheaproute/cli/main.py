"""The command line's entry: finds the command, runs it, turns what went wrong into an exit code.

Exit codes: 0 done, 1 expected failure, 2 usage, 3 bug, 4 cap reached, 130 interrupted.
"""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TextIO

from cheaproute import client, kinds, log
from cheaproute.cli import libraries, parser
from cheaproute.cli.context import Context
from cheaproute.client import ancestry, trust
from cheaproute.client.transcript import whereabouts
from cheaproute.config import directories, paths
from cheaproute.config.venv import probe, spawn, status
from cheaproute.config.version import version
from cheaproute.errors import CheaprouteError, LibraryMissing, UsageError

BUG, INTERRUPTED = 3, 130
_TEXTS = ("ask", "route")  # their words are a text
_ASCII = ("ANSI", "ASCII", "US-ASCII")  # where no locale is set: such terminals show UTF-8


def main(argv: Sequence[str] | None = None) -> int:
    """Run `cheaproute ARGV...`; its exit code."""
    os.umask(0o077)  # whatever a command makes is the user's alone
    _give_streams()
    for stream in (sys.stdout, sys.stderr):
        _never_fail_to_encode(stream)
    env: Mapping[str, str] = os.environ
    words = sys.argv[1:] if argv is None else argv
    if _is_in_a_session(words, env):  # a repository may have had its say in it, in this, too
        env = spawn.allowed(_of_the_user(env))
        for name in set(os.environ) - set(env):  # libraries and children look there
            del os.environ[name]
        os.environ.update(env)
    directories.use()
    context = Context(env)
    libraries.await_them(context)
    try:
        code = _run(words, context)
        context.out.stream.flush()
    except CheaprouteError as error:
        context.say(f"cheaproute: {_expected(error, context)}")
        return error.exit_code
    except KeyboardInterrupt:
        context.say("cheaproute: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has all it wanted; keep the interpreter's last flush from complaining.
        _point_at_nothing(context.out.stream)
        return 0
    except Exception as error:  # noqa: BLE001 - the one funnel
        return _told(error, context)
    finally:
        context.close()
    return code


def _is_in_a_session(words: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether the client started this, though it may give what it starts no mark (2.1.139)."""
    marked = client.MARK in env or list(words[:1]) == ["statusline"]
    return marked or ancestry.is_below_a_client()


def _of_the_user(env: Mapping[str, str]) -> Mapping[str, str]:
    """`env` as the user means it, whatever a project's settings put there, wherever it lies."""
    cwd, project = _cwd(), ancestry.directory()  # wherever its shell went since
    for place in whereabouts.of(env, cwd):
        there = {**env, "CLAUDE_PROJECT_DIR": place}
        env = trust.environment(there, cwd, in_a_shell=True)
    return {**env, "CLAUDE_PROJECT_DIR": project} if project else env


def _cwd() -> str:
    """The working directory, "" where it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _told(error: Exception, context: Context) -> int:
    """Say what went wrong in one line; the exit code: a bug, or something of the surroundings."""
    if isinstance(error, OSError):
        context.say(f"cheaproute: {_of_system(error, context)}")
        _point_at_nothing(context.out.stream)  # what did not fit is not tried again at the end
        return 1
    if type(error).__module__ in ("sqlite3", "_sqlite3"):
        context.say(f"cheaproute: {kinds.said(error, paths.ledger_file(context.env))}")
        return 1
    name = (error.name or "") if isinstance(error, ImportError) else ""
    if name in sys.stdlib_module_names:
        lacks = "SQLite" if "sqlite3" in name else name
        cure = "put a whole Python in its place"
        context.say(f"cheaproute: {sys.executable} was built without {lacks}: {cure}")
        return 1
    if name and name.partition(".")[0] != "cheaproute":
        context.say(f"cheaproute: {_library(name, error, context)}")
        return 1
    where = log.write(context.env, "cli", error) or "nowhere: it cannot be written"
    context.say(f"cheaproute: bug: {type(error).__name__}: {error}; it is logged in {where}")
    return BUG


def _expected(error: CheaprouteError, context: Context) -> str:
    """Its message; a library that is only not there yet comes by itself."""
    if isinstance(error, LibraryMissing) and (later := libraries.being_built(context)):
        return f"{error.what}: {later}"
    return str(error)


def _of_system(error: OSError, context: Context) -> str:
    """Cures for what is ours; of a file that the user named, what the system says is enough."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    data = paths.data_dir(context.env) if paths.home(context.env) else ""
    ours = not name or (data and name.startswith(data)) or kinds.of(error) == kinds.IN_PIECES
    return kinds.said(error) if ours else _in_words(error)


def _library(name: str, error: Exception, context: Context) -> str:
    """What is wrong with a library: the commands that need none work before there are any."""
    there = os.path.realpath(status.place(context.env))
    if isinstance(error, ModuleNotFoundError) and os.path.realpath(sys.prefix) != there:
        cure = libraries.being_built(context) or "run `cheaproute setup`"
        return f"{name} is not installed yet: {cure}"
    status.doubt(context.env)  # the next session's start looks at it
    said = " ".join(str(error).split())[:200]
    hint = probe.hint(status.python(context.env))
    return f"the environment does not work here ({said}){hint}: run `cheaproute setup`"


def _run(argv: Sequence[str], context: Context) -> int:
    argv = list(argv)
    if "--plain" in argv and "--" not in argv[: argv.index("--plain")]:
        argv.remove("--plain")
        context.out.plain, context.out.color = True, False
    if argv[:1] == ["help"]:
        argv = [*argv[1:], "--help"]
    if not argv or argv[0].startswith("-"):
        options = parser.top(version())
        try:
            options.parse_args(argv)
        except SystemExit:  # --help and --version have been answered
            return 0
        options.print_help(context.err.stream)
        return UsageError.exit_code
    name, *words = argv
    module, summary = parser.command(name, words)
    command = import_module(module)
    options = parser.Parser(prog=f"cheaproute {name}", description=summary + ".")
    command.add_arguments(options)
    if words == ["help"] and name not in _TEXTS:
        words = ["--help"]
    words = getattr(command, "as_options", list)(words)  # spans of days before an action's place
    try:
        args = options.parse_args(words)
    except SystemExit:
        return 0
    code: int = command.run(args, context)
    return code


def _in_words(error: OSError) -> str:
    """What the system says, without its number."""
    said = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {said}" if error.filename else said


def _give_streams() -> None:
    """Streams that were closed before us lead nowhere; nothing else may come to stand there.

    Those that a program before us left non-blocking would lose what their reader is not there for.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115
        with suppress(OSError):
            os.set_blocking(number, True)


def _never_fail_to_encode(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    encoding = locale.getencoding()  # the terminal's; names of files are UTF-8 whatever it is
    if stream.isatty() and sys.flags.utf8_mode and not encoding.upper().startswith(_ASCII):
        reconfigure(encoding=encoding, errors="replace")
    else:
        reconfigure(errors="replace")


def _point_at_nothing(stream: TextIO) -> None:
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    except (OSError, ValueError):
        pass
