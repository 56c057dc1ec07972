from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from cheaproute.cli import commands, plan
from cheaproute.cli.context import Context
from cheaproute.cli.main import main
from cheaproute.config.venv import build, status
from cheaproute.errors import CapReached, CheaprouteError, LedgerError, LibraryMissing
from tests.conftest import ROOT
from tests.hook.readings import link_environment


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A command `probe WORD` whose `run` each test replaces."""
    module = ModuleType("probe_command")

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("word", choices=["here", "there"])

    def run(args: argparse.Namespace, context: Context) -> int:
        context.out.line(args.word)
        return 0

    module.__dict__.update(add_arguments=add_arguments, run=run)
    monkeypatch.setitem(sys.modules, "probe_command", module)
    monkeypatch.setitem(commands.COMMANDS, "probe", ("probe_command", "Probe"))
    return module


def fails_with(error: BaseException) -> object:
    """A `run` that raises `error`."""

    def run(_args: argparse.Namespace, _context: Context) -> int:
        raise error

    return run


@pytest.mark.parametrize("name", list(commands.COMMANDS))
def test_every_row_has_a_command(name: str) -> None:
    """A row of the table names a module that parses and runs."""
    module = import_module(commands.COMMANDS[name][0])
    module.add_arguments(argparse.ArgumentParser())
    assert callable(module.run)
    assert module.__doc__


def test_command_runs(probe: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """The command gets its parsed words and its code is the program's."""
    assert main(["probe", "here"]) == 0
    assert capsys.readouterr() == ("here\n", "")
    assert probe


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["prob"], "no command 'prob': did you mean `cheaproute probe`?"),
        (["projects"], "no command 'projects': did you mean `cheaproute costs projects`?"),
        (["models"], "no command 'models': did you mean `cheaproute costs models`?"),
        (["sesions"], "no command 'sesions': did you mean `cheaproute costs sessions`?"),
        (["Costs", "today"], "no command 'Costs': did you mean `cheaproute costs today`?"),
        (["cpa"], "no command 'cpa': did you mean `cheaproute cap`?"),
        (["sources"], "no command 'sources': did you mean `cheaproute costs sources`?"),
        (["status"], "no command 'status': did you mean `cheaproute doctor`?"),
        (["budget", "all"], "no command 'budget': did you mean `cheaproute cap`?"),
        (["budget", "50"], "no command 'budget': did you mean `cheaproute cap set 50`?"),
        (["set", "cap", "50"], "no command 'set': did you mean `cheaproute cap set 50`?"),
        (["apply", "plan"], "no command 'apply': did you mean `cheaproute plan apply`?"),
        (["cost", "today"], "no command 'cost': did you mean `cheaproute costs today`?"),
        (["hlep"], "no command 'hlep': did you mean `cheaproute help`?"),
        (["off"], "no command 'off': `claude plugin disable cheaproute` switches it off"),
        (["upgrade"], "no command 'upgrade': `claude plugin update cheaproute@cheaproute`; in"),
        (["misses"], "no command 'misses': did you mean `cheaproute costs misses`?"),
        (["today"], "no command 'today': did you mean `cheaproute costs today`?"),
        (["xyzzy"], "no command 'xyzzy': see `cheaproute --help`"),
        (["--nope"], "`cheaproute` has no option --nope (see `cheaproute --help`)"),
        (["probe"], "`cheaproute probe` wants word: here, there (see `cheaproute probe --help`)"),
        (["cap", "rais", "5"], "`cheaproute cap` has no action `rais`: did you mean `raise`?"),
        (["config", "xyzzy"], "`cheaproute config` has no action `xyzzy`: there are show, get,"),
        (["costs", "--sinse", "7d"], "`cheaproute costs` has no option --sinse: did you mean"),
        (["costs", "--since"], "--since wants a value: `--since DAY` (see"),
        (["costs", "--by", "modell"], "--by cannot be `modell`: did you mean `model`?"),
        (["export", "--format", "xls"], "--format cannot be `xls`: there are json, csv,"),
        (["ledger"], "`cheaproute ledger` wants action: check (see"),
        (["completion"], "`cheaproute completion` wants SHELL: bash, zsh, fish, tcsh (see"),
        (["cap", "raise"], "how much? `cheaproute cap raise 10` or `--month 40 --day 5`"),
        (["plan", "aply"], "`cheaproute plan` has no `aply`: did you mean `plan apply`?"),
        (["costs", "sesions"], "there is no view 'sesions': did you mean `sessions`?"),
        (["costs", "yesteday"], "'yesteday' is no day or span: did you mean `yesterday`?"),
        (
            ["cap", "set", "50", "then"],
            "`cheaproute cap` does not know what to do with `then`",
        ),
        (["costs", "sinse", "2026-02-01"], "'sinse 2026-02-01' is no day or span: did you mean"),
        (["costs", "--by", "day", "models"], "`--by day` and `models` exclude each other: say one"),
        (["ask", "what", "is", "slow", "build.log"], "is: no such file; a question goes in quotes"),
        (["export", "wek"], "'wek' is no day or span: did you mean `week`?"),
    ],
)
@pytest.mark.usefixtures("probe")
def test_usage_is_one_line_and_2(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong word is one line on stderr and code 2."""
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"cheaproute: {said}")


def test_no_command_shows_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the table is shown on stderr, and the code is 2."""
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(f"  {name} " in err for name in commands.COMMANDS if name not in commands.MOVED)
    assert not any(f"  {name} " in err for name in commands.MOVED)


def test_help_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    """Help that was asked for goes to stdout, code 0."""
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: cheaproute COMMAND")


def test_version_is_the_manifests(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the plugin manifest's version."""
    with open(os.path.join(ROOT, ".claude-plugin", "plugin.json"), encoding="utf-8") as file:
        version = json.load(file)["version"]
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cheaproute {version}\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CheaprouteError("no"), 1, "cheaproute: no\n"),
        (LedgerError("gone"), 1, "cheaproute: gone\n"),
        (CapReached("$5 of $5"), 4, "cheaproute: $5 of $5\n"),
        (KeyboardInterrupt(), 130, "cheaproute: interrupted\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "cheaproute: /x: Permission denied\n"),
    ],
)
def test_errors_become_codes(
    error: BaseException,
    code: int,
    said: str,
    probe: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What went wrong is one line on stderr, and its code."""
    probe.__dict__["run"] = fails_with(error)
    assert main(["probe", "here"]) == code
    assert capsys.readouterr().err.endswith(said)


def test_bug_is_logged_without_its_values(
    probe: ModuleType,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug is code 3; the log, named on stderr, is private and does not hold the message."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    probe.__dict__["run"] = fails_with(ValueError("the user's own text"))
    assert main(["probe", "here"]) == 3
    log = tmp_path / "data" / "cheaproute.log"
    assert str(log) in capsys.readouterr().err
    assert "ValueError" in log.read_text()
    assert "own text" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "error",
    [
        ImportError("cannot import name 'ArgsKwargs' from 'pydantic_core'", name="pydantic_core"),
        ImportError("x.so: failed to map segment from shared object", name="pydantic_core._x"),
        ModuleNotFoundError("No module named 'rich'", name="rich"),
    ],
)
def test_a_library_that_does_not_work_here_is_no_bug(
    error: ImportError,
    probe: ModuleType,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another machine's, or not to be loaded: the environment is named, and no longer believed."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    link_environment(str(tmp_path / "data"))
    probe.__dict__["run"] = fails_with(error)
    if isinstance(error, ModuleNotFoundError):
        assert main(["probe", "here"]) == 1  # this Python is not the environment's
        assert "rich is not installed" in capsys.readouterr().err
        assert status.ready(os.environ)
        monkeypatch.setattr("sys.prefix", status.place(os.environ))
    assert main(["probe", "here"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("cheaproute: the environment does not work here (")
    assert said.endswith("run `cheaproute setup`\n")
    assert not status.ready(os.environ)


def test_a_reader_that_leaves_is_no_error() -> None:
    """`cheaproute ... | head` ends quietly."""
    script = (
        "import sys; from cheaproute.cli.main import main\n"
        "from cheaproute.cli import commands as table\n"
        "import types; m = types.ModuleType('m'); m.add_arguments = lambda p: None\n"
        "m.run = lambda a, c: [c.out.line('x' * 80) for _ in range(100000)] and 0\n"
        "sys.modules['m'] = m; table.COMMANDS['m'] = ('m', 'M')\n"
        "raise SystemExit(main(['m']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(20) == 0


def test_a_missing_library_is_the_environment_s_fault(
    probe: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the environment is built, a command that needs it says how, or when, it will be."""
    probe.__dict__["run"] = fails_with(ModuleNotFoundError("No module", name="rich.table"))
    assert main(["probe", "here"]) == 1
    expected = "cheaproute: rich.table is not installed yet: run `cheaproute setup`\n"
    assert capsys.readouterr() == ("", expected)
    monkeypatch.setattr(build, "under_way", lambda _env: True)
    assert main(["probe", "here"]) == 1
    assert "in the background, try again in a minute" in capsys.readouterr().err


def test_every_missing_library_is_waited_for_by_one_rule(
    probe: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room that says for what it needs one does not send to a command that could only wait."""
    probe.__dict__["run"] = fails_with(LibraryMissing("the charts need the package pygal"))
    assert main(["probe", "here"]) == 1
    said = capsys.readouterr().err
    assert said == "cheaproute: the charts need the package pygal: run `cheaproute setup`\n"
    monkeypatch.setattr(build, "under_way", lambda _env: True)
    assert main(["probe", "here"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(
        "cheaproute: the charts need the package pygal: the environment is being"
    )
    assert said.endswith("in the background, try again in a minute\n")
    assert "setup" not in said


def test_help_is_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    """`help`, `help COMMAND` and `help COMMAND ACTION` are `--help`."""
    assert main(["help"]) == 0
    assert "commands:" in capsys.readouterr().out
    assert main(["help", "costs"]) == 0
    assert "--explain" in capsys.readouterr().out
    assert main(["help", "cap", "raise"]) == 0
    assert "usage: cheaproute cap raise" in capsys.readouterr().out


def test_what_the_system_says_is_said_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No "[Errno 28]", and no advice that cannot help."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device", "/data/x")

    monkeypatch.setattr("cheaproute.cli.costs.run", full)
    assert main(["costs"]) == 1
    assert capsys.readouterr().err == "cheaproute: /data/x: No space left on device\n"


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], []),
        (["--json"], ["--json"]),
        (["show", "window"], ["show", "window"]),
        (["all", "--json"], ["--days", "400", "--json"]),
        (["since", "2026-02-01"], ["--since", "2026-02-01"]),
        (["2026-02-01..", "--json"], ["--since", "2026-02-01", "--json"]),
    ],
)
def test_the_plan_takes_spans_as_everywhere(words: list[str], options: list[str]) -> None:
    """`plan since 2026-02-01` is `plan --since 2026-02-01`; actions stay as they are."""
    assert plan.as_options(words) == options


def test_the_plan_takes_a_span_that_is_over() -> None:
    """Its days are those of that span alone."""
    assert plan.as_options(["2026-02"]) == ["--since", "2026-02-01", "--until", "2026-02-28"]
