"""`cheaproute sync` as it is typed on two machines that share a folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import store
from cheaproute.machines import sync
from tests import ledgers

Run = Callable[..., tuple[int, str, str]]
TODAY = ledgers.NOW_MS // 86_400_000
PHRASE = "correct horse battery"


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`on("one", "sync", ...)`: (exit code, stdout, stderr) of a command on that machine."""
    monkeypatch.setattr("time.time", lambda: ledgers.NOW_MS / 1000)
    (tmp_path / "shared").mkdir()
    for name, calls in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        with closing(store.connect(str(tmp_path / name / "ledger.db"))) as db:
            for number in range(calls):
                ledgers.add_call(db, f"{name}{number}", TODAY)

    def run(name: str, *words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / name))
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        code = main([word.format(tmp=tmp_path) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def total(on: Run, name: str) -> float:
    """Dollars of the month over all machines, as one of them has it."""
    code, out, _ = on(name, "costs", "month", "--all-machines", "--json")
    assert code == 0
    return float(json.loads(out)["total_usd"])


def test_two_machines_have_one_total(on: Run) -> None:
    """Each knows the other's calls and as of when; a further round tells nothing again."""
    assert on("one", "sync", "{tmp}/shared")[0] == 0
    code, out, err = on("two", "sync", "{tmp}/shared")
    assert (code, err.strip()) == (0, "told 2 calls, read 3; 1 other machine")
    assert "As of" in out
    assert "told 0 calls" in on("one", "sync")[2]
    assert total(on, "one") == total(on, "two") == 3.0
    rows = json.loads(on("one", "sync", "--status", "--json")[1])
    assert [(row["calls"], row["cost_usd"]) for row in rows] == [(1, 1.0), (2, 2.0)]
    assert rows[0]["as_of"] == "now"
    shown = " ".join(on("one", "costs")[1].split())
    assert "All machines $3.00 3" in shown
    assert "$2.00 2 3 h ago" in shown
    found = json.loads(on("one", "costs", "--by", "machine", "--json")[1])
    assert sum(row["cost_usd"] for row in found["by_machine"]) == 3.0


def test_the_passphrase_is_asked_for_on_each(
    on: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too short, wrong, missing on one, set right, taken away: each is said, nothing is lost.

    It is the user's alone to read, and a person's to take away.
    """
    assert "at least 8" in on("one", "sync", "{tmp}/shared", "--sealed", typed="short\n")[2]
    assert on("one", "sync", "{tmp}/shared", "--sealed", typed=f"{PHRASE}\n")[0] == 0
    key = Path(sync.key_file({"CHEAPROUTE_HOME": str(tmp_path / "one")}))
    assert key.stat().st_mode & 0o077 == 0
    (file,) = (tmp_path / "shared" / "cheaproute").iterdir()
    assert b"one0" not in file.read_bytes()
    assert "give the passphrase" in on("two", "sync", "{tmp}/shared")[2]
    assert "another passphrase" in on("two", "sync", "--sealed", typed="quite wrong\n")[2]
    assert "set aside" not in on("two", "sync", "--sealed", typed=f"{PHRASE}\r\n")[2]
    assert total(on, "two") == 3.0
    on("one", "sync")
    assert total(on, "one") == 3.0
    monkeypatch.setenv("CLAUDECODE", "1")
    code, _, said = on("one", "sync", "--no-sealed")
    assert (code, key.exists()) == (1, True)
    assert "only you" in said
    monkeypatch.delenv("CLAUDECODE")
    on("one", "sync", "--no-sealed")
    on("two", "sync")
    assert total(on, "two") == 3.0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sync"], 2, "no folder yet"),
        (["sync", "{tmp}/nowhere"], 2, "not a folder"),
        (["sync", "{tmp}/shared", "--share", "1.5"], 2, "no part"),
        (["sync", "{tmp}/shared", "--share", "nan"], 2, "no part"),
        (["sync", "{tmp}"], 1, "the ledger lies in it"),
        (["costs", "--all-machines"], 2, "no other machine is known"),
        (["costs", "--by", "person"], 2, "is for teams"),
        (["team", "status"], 1, "in no team"),
        (["team", "leave"], 1, "in no team"),
    ],
)
def test_what_cannot_be_is_one_line(on: Run, words: list[str], code: int, said: str) -> None:
    """What, where, and what to do."""
    found, _, err = on("one", *words)
    assert found == code
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_folder_that_was_renamed_is_said(on: Run, tmp_path: Path) -> None:
    """What was known stays known; at its new place all goes on."""
    for name in ("one", "two"):
        on(name, "sync", "{tmp}/shared")
    (tmp_path / "shared").rename(tmp_path / "moved")
    code, _, err = on("two", "sync")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "the folder is gone" in err
    assert total(on, "two") == 3.0
    assert on("two", "sync", "{tmp}/moved")[0] == 0
    assert total(on, "two") == 3.0


def test_who_leaves_counts_alone(on: Run, tmp_path: Path) -> None:
    """The files stay; coming back begins nothing anew."""
    for name in ("one", "two", "one"):
        on(name, "sync", "{tmp}/shared")
    assert on("one", "sync", "--leave")[0] == 0
    assert len(list((tmp_path / "shared" / "cheaproute").iterdir())) == 2
    assert "told 0 calls" in on("one", "sync", "{tmp}/shared")[2]
    assert total(on, "one") == 3.0
