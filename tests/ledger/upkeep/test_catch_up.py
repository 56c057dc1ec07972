"""What grew without us comes in at a session's start; clocks that were wrong lose nothing."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cheaproute.client.transcript import layout
from cheaproute.days import DAY_MS, parse_ms
from cheaproute.ledger import meta, store
from cheaproute.ledger.calls import retention
from cheaproute.ledger.ingest import history, ingest
from cheaproute.ledger.query import coverage
from cheaproute.ledger.schema import SINCE_DAY
from cheaproute.ledger.upkeep import catch_up, check, daily, rebuild
from cheaproute.usage import prices
from tests import transcripts
from tests.transcripts import SESSION, append, assistant

PRICES = prices.load()
NOW = parse_ms("2026-11-22T12:00:00.000Z")
ONE = 5_550_000  # what `assistant()` costs, nano-dollars


@pytest.fixture(name="db")
def adds_up(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A new ledger; afterwards it adds up."""
    yield db
    assert check.problems(db) == []


def write(path: Path, *rows: dict[str, Any], at_ms: int = NOW) -> Path:
    """Write a transcript that was last changed at `at_ms`."""
    transcripts.write(path, *rows)
    os.utime(path, (at_ms / 1000, at_ms / 1000))
    return path


def call(n: int, ts: str) -> dict[str, Any]:
    """A call of a time."""
    return assistant(f"msg_01Abcdefghijklm{n:06d}", ts=ts, session=f"{n:08d}" + SESSION[8:])


def spent(db: sqlite3.Connection, month: str) -> int:
    """Nano-dollars of a month."""
    row = db.execute("SELECT cost_nano FROM spent WHERE period = ?", (f"month:{month}",)).fetchone()
    return row[0] if row else 0


def test_the_month_comes_first_then_the_rest(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A plugin installed late knows the whole month, then all, and what was before it came."""
    folder = tmp_path / "projects" / "-p"
    write(folder / "a.jsonl", call(1, "2026-11-02T10:00:00.000Z"))
    write(folder / "b.jsonl", call(2, "2026-10-12T10:00:00.000Z"), at_ms=NOW - 41 * DAY_MS)
    assert catch_up.begin(db, NOW)
    assert not coverage.is_whole(db, NOW)
    assert meta.get(db, coverage.SINCE_MS) == str(NOW)
    run = [str(tmp_path / "projects")]
    assert catch_up.run(db, run, NOW, PRICES) == []  # what was before us did not run without us
    assert (spent(db, "2026-11"), spent(db, "2026-10")) == (ONE, 0)
    assert catch_up.rest(db, run, NOW, PRICES, pause_s=0) == 1
    assert coverage.is_whole(db, NOW)
    assert coverage.progress(db, 0, NOW) is None
    assert coverage.spent_between(db, 0, NOW) == 2 * ONE
    assert (spent(db, "2026-11"), spent(db, "2026-10")) == (ONE, ONE)
    assert not catch_up.begin(db, NOW + 1)


def test_how_far_the_reading_is_can_be_seen(
    db: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever shows a sum meanwhile can say how much is read; afterwards nothing is said."""
    monkeypatch.setattr(catch_up, "_BATCH_BYTES", 1000)
    folder = tmp_path / "projects" / "-p"
    months = ["2026-11-02", "2026-11-03", "2026-05-01", "2026-04-01"]
    for n, day in enumerate(months):
        ts = f"{day}T10:00:00.000Z"
        write(folder / f"{n}.jsonl", *[call(n * 9 + m, ts) for m in range(9)], at_ms=parse_ms(ts))
    seen: list[tuple[int | None, int | None]] = []
    real = history.read

    def read(*words: Any) -> history.Backfill:
        month = coverage.progress(db, NOW, NOW)
        seen.append((month, coverage.progress(db, NOW - 300 * DAY_MS, NOW)))
        return real(*words)

    monkeypatch.setattr(history, "read", read)
    catch_up.run(db, [str(tmp_path)], NOW, PRICES)
    catch_up.rest(db, [str(tmp_path)], NOW, PRICES, pause_s=0)
    assert seen == [(0, 0), (25, 25), (None, 50), (None, 75)]
    assert coverage.progress(db, 0, NOW) is None
    for n, day in enumerate(months[:2]):  # half of it is new: another reading goes on from there
        ts = f"{day}T10:00:00.000Z"
        write(folder / f"n{n}.jsonl", *[call(99 + n * 9 + m, ts) for m in range(9)])
    del seen[:]
    catch_up.run(db, [str(tmp_path)], NOW, PRICES)
    assert [older for _, older in seen] == [66, 83]


def test_a_session_without_hooks_is_counted_at_the_next_start(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """Only what grew is read again."""
    folder = tmp_path / "projects" / "-p"
    path = write(folder / f"{SESSION}.jsonl", assistant("msg_01Abcdefghijklm000009"))
    write(folder / "b.jsonl", call(2, "2026-11-03T10:00:00.000Z"))
    run = [str(tmp_path / "projects")]
    catch_up.run(db, run, NOW, PRICES)
    append(path, assistant("msg_01Abcdefghijklm000010"))
    found = catch_up.run(db, run, NOW, PRICES)
    assert [uuid for uuid, _ in found] == [SESSION]
    assert spent(db, "2026-11") == 3 * ONE


def test_a_cap_set_before_the_month_was_whole(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Imported calls alone do not fill it; an answer of the user lets all count again."""
    folder = tmp_path / "projects"
    write(folder / "-p" / "a.jsonl", *(call(n, "2026-11-02T10:00:00.000Z") for n in range(10)))
    set_ms = NOW
    catch_up.begin(db, NOW)
    catch_up.run(db, [str(folder)], NOW + 1000, PRICES)
    key, limit = "month:2026-11", 5 * ONE
    assert coverage.judged(db, key, spent(db, "2026-11"), limit, set_ms, NOW) == 0
    write(folder / "-p" / "b.jsonl", call(50, "2026-11-22T12:30:00.000Z"))
    catch_up.run(db, [str(folder)], NOW + 2000, PRICES)
    assert coverage.judged(db, key, spent(db, "2026-11"), limit, set_ms, NOW) == ONE
    assert coverage.judged(db, key, spent(db, "2026-11"), 20 * ONE, set_ms, NOW) == 11 * ONE
    assert coverage.judged(db, key, spent(db, "2026-11"), limit, NOW + 5000, NOW) == 11 * ONE


def test_a_clock_that_was_ahead_drops_nothing(db: sqlite3.Connection, tmp_path: Path) -> None:
    """One start with a clock 200 days ahead, then the right one: today's calls count."""
    path = write(tmp_path / f"{SESSION}.jsonl", call(1, "2026-11-20T10:00:00.000Z"))
    ingest.meter(db, str(path), NOW, PRICES)
    daily.run(db, PRICES, 90, NOW + 200 * DAY_MS)
    assert retention.horizon(db) <= NOW // DAY_MS - 90
    append(path, call(2, "2026-11-22T10:00:00.000Z"))
    ingest.meter(db, str(path), NOW, PRICES)
    assert spent(db, "2026-11") == 2 * ONE
    assert db.execute("SELECT count(*) FROM call").fetchone() == (2,)


def test_a_horizon_in_the_future_is_ignored_and_mended(tmp_path: Path) -> None:
    """What 0.1.0 did under a wrong clock: told, without effect, and gone after a rebuild."""
    with contextlib.closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        path = write(tmp_path / f"{SESSION}.jsonl", call(1, "2026-11-20T10:00:00.000Z"))
        pruned = write(tmp_path / "pruned.jsonl", call(5, "2026-10-12T10:00:00.000Z"))
        ingest.read(db, [str(path), str(pruned)], NOW, PRICES)
        pruned.unlink()
        meta.put(db, SINCE_DAY, str(NOW // DAY_MS + 110))
        db.execute("DROP TRIGGER call_removed")
        db.execute("DELETE FROM call")
        migrated = open_trigger()
        db.execute(migrated)
        append(path, call(2, "2026-11-22T10:00:00.000Z"))
        ingest.meter(db, str(path), NOW, PRICES)
        assert spent(db, "2026-11") == 2 * ONE
        assert any("past all calls" in line for line in check.problems(db))
        assert retention.misplaced(db) == NOW // DAY_MS + 110
        for _ in range(2):
            rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
            assert (spent(db, "2026-11"), spent(db, "2026-10")) == (2 * ONE, ONE)
            assert db.execute("SELECT count(*) FROM call").fetchone() == (2,)
            assert check.problems(db) == []


def open_trigger() -> str:
    """The trigger's own SQL."""
    from cheaproute.ledger import migrate

    text = migrate.migration(1)
    return text[text.index("CREATE TRIGGER call_removed") : text.index("CREATE TRIGGER call_saved")]


def test_linked_folders_and_odd_places(tmp_path: Path) -> None:
    """A project's folder behind a link is read, links to themselves end; places have any name."""
    real = tmp_path / "disk" / "-old"
    write(real / f"{SESSION}.jsonl", assistant())
    root = tmp_path / "subagents" / "cfg" / "projects"
    root.mkdir(parents=True)
    (root / "-old").symlink_to(real)
    (root / "loop").symlink_to(root)
    (root / "self").symlink_to("self")
    found = [name for name, _ in history.transcripts([str(root)])]
    assert found == [str(root / "-old" / f"{SESSION}.jsonl")]
    assert layout.session_of(found[0]) == SESSION
    below = f"{root}/-old/{SESSION}/subagents/workflows/x/agent-a1.jsonl"
    assert (layout.session_of(below), layout.agent_of(below)) == (SESSION, "a1")
    assert layout.folder_of(below) == layout.folder_of(found[0]) == "-old"


def test_places_of_a_user(tmp_path: Path) -> None:
    """The client's directory, its place of 2025, and those the user names; each once."""
    (tmp_path / ".config" / "claude" / "projects").mkdir(parents=True)
    (tmp_path / "other" / "projects").mkdir(parents=True)
    env = {"HOME": str(tmp_path)}
    also = [str(tmp_path / "other"), str(tmp_path / "gone")]
    assert layout.projects(env, also) == [
        f"{tmp_path}/.claude/projects",
        f"{tmp_path}/.config/claude/projects",
        f"{tmp_path}/other/projects",
    ]
    env["CLAUDE_CONFIG_DIR"] = str(tmp_path / "other")
    assert layout.projects(env, also) == [f"{tmp_path}/other/projects"]
