"""The lines beside the sums."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cheaproute import days, money
from cheaproute.cap import reservations, sent
from cheaproute.cap.fallback import uncounted
from cheaproute.days import DAY_MS
from cheaproute.ledger import failures, meta, store
from cheaproute.ledger.calls.record import Place
from cheaproute.ledger.query import coverage, local, sessions, surveyed, totals
from cheaproute.ledger.schema import DELEGATED, HELPER
from cheaproute.money import NANO
from cheaproute.report import costs, notes
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano
from tests.ledgers import add_call

NOW_MS = 1_795_000_000_000


def test_a_model_that_rests_is_named(tmp_path: Path) -> None:
    """While it rests, and no longer."""
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        assert not [note for note in costs.build(db, NOW_MS).notes if "Haiku" in note]
        failures.rest(db, "haiku", NOW_MS)
        (said,) = [note for note in costs.build(db, NOW_MS + 1).notes if "Haiku" in note]
        assert "failed lately: nothing is routed to it now" in said
        later = NOW_MS + failures.REST_MS + 1
        assert not [note for note in costs.build(db, later).notes if "Haiku" in note]


def test_what_calls_under_way_are_likely_to_cost_is_said(db: sqlite3.Connection) -> None:
    """A digest stands in the sums at its likely price until it is answered, or its time is over.

    One that was given up before is none of them, whatever number its reservation had.
    """

    def said() -> list[str]:
        return [note for note in costs.build(db, NOW_MS).notes if "under way" in note]

    table = prices.load()
    likely = Call("", NOW_MS, "claude-haiku-4-5", input=100_000)
    nano = cost_nano(likely, table) or 0
    before = reservations.reserve(db, 2 * nano, "digest", NOW_MS - 1)
    sent.leave(db, before, likely.replace(ts_ms=NOW_MS - 1), Place(DELEGATED), table)
    reservations.release(db, before)
    for late in (False, True):
        held = reservations.reserve(db, 2 * nano, "digest", NOW_MS)
        assert held == before
        estimate = sent.leave(db, held, likely, Place(DELEGATED), table)
        (line,) = said()
        assert line.startswith(
            f"{money.show(nano)} of this is the likely cost of 1 call of cheaproute's"
        )
        if late:
            db.execute("UPDATE reservation SET expires_ms = ts_ms")
        else:
            answer = likely.replace(id="msg_1", output=10)
            reservations.settle(db, held, answer, prices=table, estimate=estimate.id)
        assert not said()


def test_what_was_spent_before_we_came_is_said_in_the_first_month(db: sqlite3.Connection) -> None:
    """What no hook saw of the month in which the user began."""
    day = NOW_MS // DAY_MS
    for name in ("a", "b"):
        add_call(db, name, day - 1, cost_nano=2 * NANO)
    meta.put(db, coverage.SINCE_MS, str(day * DAY_MS))
    (said,) = [note for note in costs.build(db, NOW_MS).notes if "before cheaproute came" in note]
    assert said.startswith("$4.00 of this was before cheaproute came")


def test_a_compaction_that_nothing_tells_of_is_said(tmp_path: Path) -> None:
    """Until the client's total or its record holds it: the sums are a lower bound, everywhere."""

    def said() -> tuple[object, ...]:
        report = costs.build(db, NOW_MS)
        kept = [coverage.lower(db, key) for key in ("month:2026-11", "session:1")]
        return [one for one in report.notes if "compaction" in one], report.lower_bound, *kept

    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        db.execute("INSERT INTO session(id, uuid) VALUES(1, 'u')")
        add_call(db, "a", NOW_MS // 86_400_000, session=1)
        assert said() == ([], False, False, False)
        db.execute("INSERT INTO turn(session, ts_ms, kind) VALUES(1, ?, 'compact')", (NOW_MS,))
        line = (
            "Not in these sums: 1 compaction. Claude Code tells what they used when a session "
            "ends; its older versions do not."
        )
        assert said() == ([line.replace(": 1", ": at least 1")], True, True, True)
        surveyed.note(db, 0)  # until then not all transcripts were looked at for them
        assert said() == ([line], True, True, True)
        assert not coverage.lower(db, "session:0")  # one that has made no call has none
        total = "INSERT INTO cost_state(session, at_ms, until_ms, start_ms, usage) VALUES"
        db.execute(f"{total}(1, ?, 0, 0, '{{}}')", (NOW_MS - 1,))
        assert said() == ([line], True, True, True)
        db.execute(f"{total}(1, ?, 0, 0, '{{}}')", (NOW_MS + 1,))
        assert said() == ([], False, False, False)
        db.execute("DELETE FROM cost_state")
        add_call(db, "b", NOW_MS // 86_400_000, session=1, source=HELPER)
        db.execute("UPDATE call SET ts_ms = ? WHERE id = 'b'", (NOW_MS - 1000,))
        assert said() == ([], False, False, False)


def test_a_compaction_in_no_sum_marks_each_row_it_belongs_to(db: sqlite3.Connection) -> None:
    """By session, day, model, source and project, at any midnight; no row beside."""
    day = NOW_MS // DAY_MS
    opus, haiku = "claude-opus-5-5", "claude-haiku-5-5"
    for name, session, model in (("a", 1, opus), ("b", 2, haiku)):
        for n in range(300):
            add_call(
                db, f"{name}{n}", day - session, session=session, project=f"/{name}", model=model
            )
    of_project = "(SELECT id FROM project WHERE path = ?)"
    for session, path in ((1, "/a"), (2, "/b")):
        new = f"INSERT OR REPLACE INTO session(id, uuid, project) VALUES(?, ?, {of_project})"
        db.execute(new, (session, f"{session}" * 8, path))
    lost_ms = db.execute("SELECT max(ts_ms) FROM call WHERE session = 1").fetchone()[0] + 1
    db.execute("INSERT INTO turn(session, ts_ms, kind) VALUES(1, ?, 'compact')", (lost_ms,))
    for table in ("daily", local.fill(db, [(n, n * DAY_MS) for n in range(day - 9, day + 2)])):
        for key, of in (("model", opus), ("day", days.iso(day - 1)), ("project", "/a")):
            rows = totals.by(db, key, day - 9, day + 1, table=table)
            assert {name for name, sums in rows if sums.lower_bound} == {of}
            assert len(rows) == 2
        for project, lacks in (("/a", True), ("/b", False)):
            by = totals.by(db, "source", day - 9, day + 1, project=project, table=table)
            assert [sums.lower_bound for _, sums in by] == [lacks]
            report = costs.build(db, NOW_MS, project=project)
            assert report.lower_bound == lacks
    found = sessions.between(db, 0, NOW_MS)
    alone = [one for one in (sessions.one(db, 1), sessions.one(db, 2)) if one]
    assert [one.id for one in found if one.sums.lower_bound] == [1]
    assert [one.id for one in alone if one.sums.lower_bound] == [1]
    for key, of in (("model", opus), ("agent", "")):
        (row,) = sessions.breakdown(db, 1, key)
        assert (row[0], row[1].lower_bound) == (of, True)


def test_what_was_before_is_said_and_no_more_than_the_sum(tmp_path: Path) -> None:
    """Of a span in which cheaproute came; not while the history is still read."""
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        add_call(db, "a", NOW_MS // 86_400_000 - 3, cost_nano=2 * 10**9)
        add_call(db, "b", NOW_MS // 86_400_000, cost_nano=10**9)
        meta.put(db, coverage.SINCE_MS, str(NOW_MS - 86_400_000))
        (said,) = costs.build(db, NOW_MS).notes
        assert said.startswith("$2.00 of this was before cheaproute came (")
        meta.put(db, coverage.SINCE_MS, str(NOW_MS + 86_400_000))
        db.execute("DELETE FROM call WHERE id = 'b'")
        (said,) = costs.build(db, NOW_MS + 86_400_000 * 2).notes
        assert said.startswith("$2.00 of this")


def test_what_calls_without_an_end_are_likely_to_add_is_said(db: sqlite3.Connection) -> None:
    """As others of their model ended, beyond what is counted; the very most where it is little."""
    table, day = prices.load(), NOW_MS // DAY_MS
    rate = table.of("claude-opus-5-5").row(NOW_MS).base[1] / 1_000_000  # type: ignore[union-attr]

    def said() -> str:
        return notes.more(db, costs.build(db, NOW_MS), table)

    add_call(db, "open", day, final=0)
    add_call(db, "before", day - 40, final=0)
    assert said() == ""  # of none that ended nothing follows
    for n in range(20):  # 17 of a thousand tokens, 3 of five thousand
        tokens = (10, 1_000 if n < 17 else 5_000, 0, 0, 0)
        add_call(db, f"ended {n}", day, cost_nano=1, tokens=tokens)
    likely, nine, most = (round(n * rate) for n in (1_500, 4_900, 127_900))
    end = f"Likely about {money.rough(likely)} more (up to {money.rough(nine)} if they were long), "
    end += "judged by answers on record whole"
    assert said() == f"{end}."
    for n in range(30):  # of another model, later: they tell nothing of these
        add_call(db, f"later {n}", day + 1, cost_nano=0, model="claude-haiku-4-5")
    assert said() == f"{end}."
    add_call(db, "dear", day, cost_nano=10 * most, model="claude-haiku-4-5")
    assert said() == f"{end}; {money.show(most)} more at the very most."
    add_call(db, "long", day, final=0, tokens=(10, 200_000, 0, 0, 0))  # counted already
    assert said().startswith(end)
    for project in range(600):
        add_call(db, f"more {project}", day)
    assert said() == ""
    for n in range(3):
        add_call(db, f"unpriced {n}", day - 1, final=0, model="claude-next-9")
    assert said() == ""


def test_calls_made_later_do_not_move_what_open_ones_may_add(db: sqlite3.Connection) -> None:
    """Of a model of which too few ended, too: what ended before the last open call is asked."""
    table, day = prices.load(), NOW_MS // DAY_MS
    add_call(db, "open", day - 2, final=0, model="claude-haiku-4-5")

    def likely() -> int | None:
        found = notes.open_calls(db, costs.build(db, NOW_MS), table)
        return found.likely if found else None

    for n in range(20):
        add_call(db, f"later {n}", day - 1, tokens=(10, 1_000, 0, 0, 0))
    assert likely()  # better than nothing
    for n in range(20):
        add_call(db, f"before {n}", day - 3, tokens=(10, 3_000, 0, 0, 0))
    before = likely()
    for n in range(50):
        add_call(db, f"more {n}", day - 1, tokens=(10, 9_000, 0, 0, 0))
    assert likely() == before


def test_the_bound_counts_what_is_known_of_a_call(db: sqlite3.Connection) -> None:
    """Fast mode and the surcharge of the US only where its rows say so, a step by its prompt."""
    table, day = prices.load(), NOW_MS // DAY_MS
    for name in ("plain", "fast", "us", "both"):
        db.execute("DELETE FROM call")
        add_call(db, name, day, final=0, tokens=(10, 0, 0, 0, 0))
        mode = {"plain": "", "fast": "fast,,,", "us": ",us,,", "both": "fast,us,,"}[name]
        db.execute("UPDATE call SET mode = ?", (mode,))
        one = Call("", NOW_MS, "claude-opus-5-5", input=10)
        one.mode = mode
        whole = cost_nano(one.replace(output=coverage.MOST_OUTPUT), table)
        bare = cost_nano(one, table)
        found = notes.open_calls(db, costs.build(db, NOW_MS), table)
        assert found is not None
        assert whole is not None
        assert bare is not None
        assert (found.calls, found.likely, found.most) == (1, None, whole - bare), name


def test_sessions_without_hooks_are_one_line(db: sqlite3.Connection) -> None:
    """All of one cause, with their number and days."""
    for number in range(5):
        place = "/work/shop" if number else "/work/other"
        at_ms = NOW_MS - (4 - number) * DAY_MS
        uncounted.note(db, f"s{number}", place, uncounted.AFTERWARDS, at_ms)
    (said,) = [note for note in costs.build(db, NOW_MS).notes if "plugin's hooks" in note]
    assert said.startswith("5 sessions in shop and elsewhere (14 Nov to 18 Nov, $0.00) ran without")
    assert "(the plugin disabled or not installed then, --bare, " in said
    assert said.endswith("counted afterwards, no cap held that.")
