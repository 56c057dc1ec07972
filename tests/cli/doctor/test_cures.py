"""What doctor says is to be done, done: the finding is gone. Kinds of errors: tests/faults."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import store
from tests import ledgers
from tests.cli.doctor.test_doctor import (
    Finding,
    configure,
    data,
    doctor,
    settings,
)
from tests.cli.doctor.test_doctor import bare as bare  # noqa: PLC0414
from tests.transcripts import assistant, write


class Here:
    """A machine with one thing that doctor finds; `env` sets or removes a variable."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.patch = patch

    def env(self, name: str, value: str | None) -> None:
        """Set a variable of the shell, or (None) unset it."""
        if value is None:
            self.patch.delenv(name)
        else:
            self.patch.setenv(name, value)

    @property
    def ledger(self) -> str:
        """The usual ledger."""
        return str(data(self.home) / "ledger.db")

    def config(self, text: str) -> None:
        """Lay out config.toml."""
        configure(self.home, text)

    def unset(self, name: str) -> Callable[[Finding], None]:
        """The user removes a key of the client's settings."""

        def do(found: Finding) -> None:
            path = Path(re.split(r", ", found["where"])[-1])
            content = json.loads(path.read_text())
            for table in (content, content.get("env", {})):
                table.pop(name, None)
            path.write_text(json.dumps(content))

        return do


def drifted(here: Here) -> None:
    """Kept totals that are not the sum of the calls."""
    with closing(store.connect(here.ledger)) as db:
        ledgers.add_call(db, "a", ledgers.TODAY)
        db.execute("UPDATE daily SET cost_nano = cost_nano + 1500000000")


def unpriced(here: Here) -> None:
    """A model of the day after tomorrow."""
    with closing(store.connect(here.ledger)) as db:
        ledgers.add_call(db, "b", ledgers.TODAY, model="claude-next", cost_nano=None)


def price(here: Here) -> Callable[[Finding], None]:
    """The user gives the price that is asked for, under the very name."""

    def do(found: Finding) -> None:
        table = found["do"].removeprefix("give one: ")
        here.config(f"{table}\ninput = 1\noutput = 5\n")
        assert main(["rebuild"]) == 0

    return do


def history(here: Here) -> None:
    """A session of before."""
    store.connect(here.ledger).close()
    write(here.home / ".claude" / "projects" / "-p" / "a.jsonl", assistant())


def open_ledger(here: Here) -> None:
    """Anybody may read it."""
    store.connect(here.ledger).close()
    os.chmod(here.ledger, 0o644)


def open_directory(here: Here) -> None:
    """Anybody may list it."""
    store.connect(here.ledger).close()
    data(here.home).chmod(0o755)


def no_directory(here: Here) -> None:
    """A file is where the data directory should be."""
    place = here.home / ".local" / "share"
    place.mkdir(parents=True)
    (place / "cheaproute").write_text("x")


def two_ledgers(here: Here) -> None:
    """A variable in the shell alone."""
    store.connect(here.ledger).close()
    here.env("CHEAPROUTE_HOME", str(here.home / "other"))


def an_older_one(here: Here) -> None:
    """Everything was moved, and the default place still has what was there."""
    store.connect(here.ledger).close()
    assert main(["config", "set", "home", str(here.home / "other")]) == 0


def by_shell(found: Finding) -> None:
    """A line for the shell, as it is printed."""
    subprocess.run(found["do"], shell=True, check=True)  # noqa: S602 - what a user would type


def by_hand(here: Here, text: str) -> Callable[[Finding], None]:
    """Set the setting that is named to `text` (""; remove it)."""

    def do(found: Finding) -> None:
        words = ["set", found["where"], text] if text else ["unset", found["where"]]
        assert main(["config", *words]) == 0

    assert here
    return do


def move_away(found: Finding) -> None:
    """The file goes elsewhere."""
    shutil.move(found["where"], found["where"] + ".moved")


Make = Callable[[Here], object]
Do = Callable[[Here], Callable[[Finding], None]]
# What is wrong; the words of the finding; what to do where that is no command of ours.
CASES: dict[str, tuple[Make, str, Do | None]] = {
    "drifted": (drifted, "$1.50 apart", None),
    "no price": (unpriced, "without a known price", price),
    "history": (history, "earlier sessions are not in the ledger", None),
    "open ledger": (open_ledger, "mode 644, not 600", lambda _: by_shell),
    "open directory": (open_directory, "mode 755, not 700", lambda _: by_shell),
    "no directory": (no_directory, "the data directory is a file", lambda _: move_away),
    "two ledgers": (two_ledgers, "two ledgers", None),
    "an older one": (an_older_one, "an older ledger lies", lambda _: older_away),
    "no cap": (lambda _: None, "no cap is set", None),
    "billing": (lambda _: None, "taken to be billed per token", None),
    "no routing": (lambda here: here.config("[routing]\nenabled = false\n"), "no routing", None),
    "a rule": (
        lambda here: here.config('[routing.categories]\ndebug = "haiku"\n'),
        "a rule sends debug",
        lambda here: by_hand(here, ""),
    ),
    "bold": (
        lambda here: here.config("[routing]\nmax_unsafe = 0.5\n"),
        "tasks that need more may go to Haiku",
        None,
    ),
    "old names": (
        lambda here: here.config("[tune]\ndays = 9\n"),
        "names of an earlier version",
        None,
    ),
    "off": (
        lambda here: here.env("CHEAPROUTE_DISABLE", "1"),
        "switched off",
        lambda here: lambda _: here.env("CHEAPROUTE_DISABLE", None),
    ),
    "relative": (
        lambda here: here.env("XDG_DATA_HOME", "share"),
        "is no absolute path",
        lambda here: lambda _: here.env("XDG_DATA_HOME", None),
    ),
    "no hooks": (
        lambda here: settings(here.home, {"disableAllHooks": True}),
        "disableAllHooks",
        lambda here: here.unset("disableAllHooks"),
    ),
    "no haiku": (
        lambda here: settings(here.home, {"availableModels": ["opus"]}),
        "leaves out haiku",
        None,
    ),
    "forced": (
        lambda here: settings(here.home, {"env": {"CLAUDE_CODE_SUBAGENT_MODEL_FORCE": "1"}}),
        "model is forced",
        lambda here: here.unset("CLAUDE_CODE_SUBAGENT_MODEL_FORCE"),
    ),
    "the loader's word": (
        lambda here: settings(here.home, {"env": {"LD_TRACE_LOADED_OBJECTS": "1"}}),
        "may let none begin",
        lambda here: here.unset("LD_TRACE_LOADED_OBJECTS"),
    ),
    "haiku by default": (
        lambda here: settings(here.home, {"env": {"CLAUDE_CODE_SUBAGENT_MODEL": "haiku"}}),
        "reasoning too",
        lambda here: here.unset("CLAUDE_CODE_SUBAGENT_MODEL"),
    ),
    "no backend": (
        lambda _: None,
        "no delegated calls",
        lambda here: lambda _: here.env("ANTHROPIC_API_KEY", "sk-ant-x"),
    ),
    "main without a judge": (
        lambda here: here.config('[routing]\nmain = "auto"\n'),
        "routing.main",
        lambda here: by_hand(here, "off"),
    ),
}


def older_away(found: Finding) -> None:
    """The ledger of before goes elsewhere."""
    for path in Path(found["where"]).glob("ledger.db*"):
        path.unlink()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("person")
def test_what_is_to_be_done_helps(
    case: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command that the cure names is run as it stands, in its order; a word is followed."""
    make, words, by = CASES[case]
    here = Here(home, monkeypatch)
    make(here)
    found = next((one for one in doctor(capsys)[1] if words in one["what"]), None)
    if found is None and case == "main without a judge":
        pytest.skip("there is a judge of the main loop")
    assert found is not None
    if by is not None:
        by(here)(found)
    else:
        lines = re.findall(r"`cheaproute ([^`]*)`", found["do"])
        assert lines, found
        for line in lines:
            code = main(shlex.split(line.replace("USD", "5")))
            assert code == 0 or line == "cap suggest", (line, capsys.readouterr().err)
    left = [one for one in doctor(capsys)[1] if words in one["what"]]
    assert left == [], left
