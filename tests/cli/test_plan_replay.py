"""`cheaproute plan replay`, from transcripts to JSON; on the shared corpus where it is there."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli import main
from tests import transcripts as t

PLACE = os.environ.get("CHEAPROUTE_CORPUS", "")
FORK = "22222222-2222-4333-8444-555555555555"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))


def row(name: str, minute: int, read: int, write: int, **fields: Any) -> dict[str, Any]:
    """An answer on Opus 5.5 that read and wrote so many tokens of prompt."""
    used = t.usage(
        input_tokens=0,
        output_tokens=0,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=write,
        cache_creation={"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": write},
    )
    ts = f"2026-11-22T09:{minute:02d}:00.000Z"
    return t.assistant(name, **({"model": "claude-opus-5-5", "ts": ts, "used": used} | fields))


def replay(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What `plan replay --json` says."""
    capsys.readouterr()
    assert main.main(["plan", "replay", "--json", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_fork_is_billed_once_and_goes_on_from_where_it_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Copied calls count in the session they were made in; the copy's context is compacted, too."""
    past = [row("a", 0, 0, 120_000), row("b", 1, 120_000, 1_000)]
    folder = tmp_path / "claude" / "projects" / "p"
    t.write(folder / f"{t.SESSION}.jsonl", *past)
    copied = [one | {"sessionId": FORK, "forkedFrom": {"sessionId": t.SESSION}} for one in past]
    own = row("c", 2, 121_000, 1_000, session=FORK)
    t.write(folder / f"{FORK}.jsonl", *copied, own)
    assert main.main(["import", str(tmp_path / "claude" / "projects")]) == 0
    bill = replay(capsys)
    assert (bill["sessions"], bill["calls"]) == (2, 3)
    spent = (120 * 5 + 120 * 0.2 + 5 + 121 * 0.2 + 5) / 1000
    assert bill["spent_usd"] == bill["replayed_usd"] == pytest.approx(spent, abs=1e-9)
    # At the first call: 4k of summary; 40k written; then 25k are left, in the fork as well.
    first = (120 * 0.2 + 4 * 20 + 40 * 5) / 1000
    again = (25 * 0.2 + 5) / 1000
    want = first + again + (26 * 0.2 + 5) / 1000
    assert replay(capsys, "--compact", "100000")["replayed_usd"] == pytest.approx(want, abs=1e-9)


def test_subagents_fallbacks_and_unknown_prices_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only answers of the main loop's own model with a known price are replayed."""
    t.write(
        tmp_path / "claude" / "projects" / "p" / f"{t.SESSION}.jsonl",
        row("a", 0, 0, 10_000),
        row("b", 1, 0, 10_000, model="glm-9", requestedModel="glm-9"),
        row("c", 2, 0, 10_000, requestedModel="claude-fable-5-2"),
        row("d", 3, 0, 10_000, isSidechain=True, agentId="a1"),
        t.progress(),
    )
    assert main.main(["import", str(tmp_path / "claude" / "projects")]) == 0
    assert replay(capsys) == {
        "first_day": "2026-11-22",
        "last_day": "2026-11-22",
        "sessions": 1,
        "calls": 1,
        "spent_usd": 0.05,
        "replayed_usd": 0.05,
    }


def test_no_call_is_no_bill(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty ledger replays to nothing, on no day."""
    bill = replay(capsys, "--compact", "100000")
    assert bill["replayed_usd"] == 0
    assert bill["first_day"] is bill["last_day"] is None


def test_the_bill_says_of_which_days_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the first to the last day that has a call of those that were replayed."""
    rows = [
        row(name, 0, 0, 10_000, ts=f"2026-11-{day}T09:00:00.000Z")
        for name, day in (("a", 20), ("b", 22), ("c", 25))
    ]
    t.write(tmp_path / "claude" / "projects" / "p" / f"{t.SESSION}.jsonl", *rows)
    assert main.main(["import", str(tmp_path / "claude" / "projects")]) == 0
    capsys.readouterr()
    assert main.main(["plan", "replay", "--until", "2026-11-23"]) == 0
    assert capsys.readouterr().out.startswith("2026-11-20 to 2026-11-22 (UTC), 1 session, 2 calls")


@pytest.mark.parametrize("words", [["--compact", "5x"], ["--cold", "-3"], ["--main-model", "glm"]])
def test_nonsense_is_refused(words: list[str]) -> None:
    """What is no count of tokens, or no model with a price."""
    assert main.main(["plan", "replay", *words]) == 2


@pytest.mark.skipif(not PLACE, reason="no corpus here (CHEAPROUTE_CORPUS)")
def test_savings_on_the_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Within 3 % of what an independent replay by the same rules saved.

    That one billed what forks copied twice: its bill was $1,075.82, the calls cost $1,066.60.
    """
    with tarfile.open(os.path.join(PLACE, "main_loop.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    assert main.main(["import", str(tmp_path / "transcripts")]) == 0
    assert replay(capsys, "--today-prices")["spent_usd"] == pytest.approx(1066.60, abs=0.005)
    for words, want in (
        ("--compact 100000", 1075.82 - 735.25),
        ("--compact 200000", 1075.82 - 828.25),
        ("--cold 60000", 1075.82 - 766.26),
        ("--compact 100000 --cold 60000", 1075.82 - 685.86),
    ):
        bill = replay(capsys, "--today-prices", *words.split())
        assert bill["spent_usd"] - bill["replayed_usd"] == pytest.approx(want, rel=0.03), words
