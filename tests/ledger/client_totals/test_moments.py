"""When it was that what no row tells was used; totals over midnights, months, clocks and drops."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cheaproute import days
from cheaproute.ledger import schema, store
from cheaproute.ledger.calls import retention
from cheaproute.ledger.client_totals.reconcile import reconcile
from cheaproute.ledger.ingest import activity, ingest
from cheaproute.ledger.query import totals
from cheaproute.ledger.schema import UNLISTED
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import check, rebuild
from cheaproute.usage import prices
from tests.transcripts import assistant, cost_state, write

PRICES = prices.load()
OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
USD = {OPUS: 4e-6, SONNET: 2e-6, HAIKU: 0.1e-6}  # a token of input
MINUTE, HOUR = 60_000, 3_600_000
NUMBER = itertools.count(1)


def at(text: str) -> int:
    """The time of `2026-11-22 10:00`, UTC."""
    return days.parse_ms(text.replace(" ", "T") + ":00.000Z")


def stamp(ts_ms: int) -> str:
    """A time as transcripts have it."""
    return f"{days.iso(ts_ms // days.DAY_MS)}T{_clock(ts_ms)}Z"


def _clock(ts_ms: int) -> str:
    seconds, milliseconds = divmod(ts_ms % days.DAY_MS, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}"


class Session:
    """A session in a terminal, played by itself: each step takes a minute. Only input costs."""

    def __init__(self, begins: str, number: int = 0) -> None:
        self.id = str(UUID(int=(number or next(NUMBER)) << 64 | 1 << 62))
        self.now_ms = self.start_ms = at(begins)
        self.rows: list[dict[str, Any]] = []
        self.billed: list[tuple[int, float]] = []
        self.used: dict[str, int] = {}
        self.kept: dict[str, int] = {}

    def _row(self, **fields: Any) -> None:
        self.rows.append(fields | {"sessionId": self.id, "timestamp": stamp(self.now_ms)})

    def _bill(self, model: str, tokens: int) -> None:
        self.billed.append((self.now_ms, tokens * USD[model]))
        self.used[model] = self.used.get(model, 0) + tokens

    def call(self, tokens: int = 10_000, model: str = OPUS) -> None:
        """An answer that its row tells of."""
        self.now_ms += MINUTE
        self._bill(model, tokens)
        name = f"msg_01Abcdefghij{next(NUMBER):06}"
        used = {"input_tokens": tokens, "output_tokens": 0}
        self.rows.append(
            assistant(name, model=model, used=used, ts=stamp(self.now_ms), session=self.id)
        )

    def title(self, tokens: int = 1000) -> None:
        """What a first prompt has asked beside it."""
        self._bill(HAIKU, tokens)

    def compact(self, tokens: int = 30_000, model: str = OPUS) -> None:
        """A compaction, of which a row tells when it was."""
        self.now_ms += MINUTE
        self._bill(model, tokens)
        self._row(type="system", subtype="compact_boundary", content="Conversation compacted")

    def ends(self) -> None:
        """The client writes its total."""
        models = {name: (tokens, 0, tokens * USD[name]) for name, tokens in self.used.items()}
        total = cost_state(models, start=self.start_ms, session=self.id)
        self.rows.append(total)
        self.kept = dict(self.used)

    def resumed(self, at_ms: int) -> None:
        """Gone on with, from what is written: a run that did not end was killed."""
        self.now_ms, self.used = at_ms, dict(self.kept)
        self.start_ms = self.start_ms if self.kept else at_ms
        self._row(type="user", message={"role": "user", "content": "go on"})

    def fork(self, at_ms: int, number: int) -> Session:
        """A fork in a terminal of 2.1.322 or older: its first rows are copies, named its own."""
        other = Session("2026-11-22 10:00", number)
        kept = [row for row in self.rows if row["type"] != "cost-state"]
        other.rows = [row | {"sessionId": other.id} for row in kept]
        other.kept = dict(self.kept)
        other.start_ms = self.start_ms
        other.resumed(at_ms)
        return other

    def dollars(self, first_ms: int = 0, past_ms: int = 1 << 60) -> float:
        """What was billed between two times."""
        return sum(usd for ts_ms, usd in self.billed if first_ms <= ts_ms < past_ms)


class Books:
    """A ledger, and transcripts beside it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.db = store.connect(str(place / "data" / "ledger.db"))

    def read(self, *sessions: Session) -> None:
        """Read the transcripts of `sessions` as they are now, in this order."""
        for one in sessions:
            path = write(self.place / "projects" / f"{one.id}.jsonl", *one.rows)
            ingest.read(self.db, [path], 0, PRICES)
        assert check.problems(self.db) == []

    def dollars(self, first_ms: int = 0, past_ms: int = 1 << 60) -> float:
        """What the books have between two times."""
        query = "SELECT coalesce(sum(cost_nano), 0) FROM call WHERE ts_ms >= ? AND ts_ms < ?"
        nano: int = self.db.execute(query, (first_ms, past_ms)).fetchone()[0]
        return nano / 1e9

    def kept(self) -> float:
        """What the sums of days have, also of calls that were dropped."""
        nano: int = self.db.execute("SELECT sum(cost_nano) FROM daily").fetchone()[0]
        return nano / 1e9

    def lower(self) -> bool:
        """Whether the whole is a lower bound."""
        return totals.total(totals.by(self.db, "model", 0, 40_000)).lower_bound

    def hidden(self) -> list[tuple[str, int, int]]:
        """(time, tokens, 1: for sure) of what no row tells."""
        rows = self.db.execute(
            "SELECT ts_ms, input, final FROM call WHERE source = ? ORDER BY ts_ms, input",
            (UNLISTED,),
        )
        return [(stamp(ts_ms)[:16].replace("T", " "), *rest) for ts_ms, *rest in rows]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    """An empty ledger."""
    made = Books(tmp_path)
    with contextlib.closing(made.db):
        yield made


def test_totals_of_one_day_stand_each_at_its_time(books: Books) -> None:
    """The same day in UTC is the end of a month and the beginning of the next west of it."""
    one = Session("2026-11-01 03:00")
    one.call()
    one.compact(30_000)
    one.ends()
    one.resumed(at("2026-11-01 17:00"))
    one.call()
    one.compact(50_000)
    one.ends()
    books.read(one)
    midnight = at("2026-11-01 07:00")
    assert books.dollars(0, midnight) == pytest.approx(one.dollars(0, midnight))
    assert books.dollars(midnight) == pytest.approx(one.dollars(midnight))
    ids = [row[0] for row in books.db.execute("SELECT id FROM call WHERE source = 3 ORDER BY id")]
    first = f"unlisted:1:{OPUS}:{at('2026-11-01 00:00') // days.DAY_MS}"
    assert ids == [first, f"{first}.{at('2026-11-01 17:02')}"]


def test_a_run_of_days_is_dated_by_its_rows(books: Books) -> None:
    """Compactions stand where they were made, by what they had read; a title at the beginning."""
    one = Session("2026-10-30 15:00")
    one.title()
    one.call(10_000)
    one.compact(60_000)
    one.now_ms = at("2026-10-31 15:00")
    one.call(30_000)
    one.compact(180_000)
    one.now_ms = at("2026-11-02 09:00")
    one.call(10_000)
    one.ends()
    books.read(one)
    assert books.hidden() == [
        ("2026-10-30 15:01", 1000, 1),
        ("2026-10-30 15:02", 60_000, 1),
        ("2026-10-31 15:02", 180_000, 1),
    ]
    november = at("2026-11-01 00:00")
    assert books.dollars(november) == pytest.approx(one.dollars(november))
    before = books.hidden()
    activity.forget(books.db, 1 << 60)
    with Immediate(books.db):
        reconcile(books.db, [1], PRICES)
    assert books.hidden() == before
    path = str(books.place / "projects" / f"{one.id}.jsonl")
    rebuild.rebuild(books.db, [(path, 1)], one.now_ms, PRICES)
    assert books.hidden() == before


@pytest.mark.parametrize("first", [False, True], ids=["the first run", "a later run"])
@pytest.mark.parametrize("again", [False, True])
def test_a_compaction_of_a_killed_run_is_in_no_sum(
    books: Books, *, first: bool, again: bool
) -> None:
    """Whatever total comes later: that went on from before it."""
    one = Session("2026-11-22 10:00")
    if first:
        one.call()
        one.ends()
        one.resumed(one.now_ms + HOUR)
    one.call(61_000)
    one.compact(90_000)
    lost = (1, one.now_ms)
    one.call(63_000)
    books.read(one)
    one.resumed(one.now_ms + HOUR)
    one.call(17_000)
    if again:
        one.compact(50_000)
    one.call(19_000)
    one.ends()
    for _ in range(2):
        books.read(one)
        assert schema.compactions(books.db, 0, 1 << 60) == [lost]
        path = str(books.place / "projects" / f"{one.id}.jsonl")
        rebuild.rebuild(books.db, [(path, 1)], one.now_ms, PRICES)
    assert schema.compactions(books.db, 0, 1 << 60) == [lost]


@pytest.mark.parametrize("kind", ["fork", "after a killed run"])
def test_a_compaction_that_is_the_first_thing_of_a_run_stands_at_its_time(
    books: Books, kind: str
) -> None:
    """What it compacts was said in another session, or in a run that no total has."""
    one = Session("2026-10-30 15:00", 1)
    one.call()
    if kind == "fork":
        one.ends()
        other = one.fork(at("2026-10-31 20:00"), 2)
    else:
        one.resumed(at("2026-10-31 20:00"))
        other = one
    other.compact(70_000)
    other.now_ms = at("2026-11-01 09:00")
    other.call()
    other.ends()
    books.read(one, other)
    assert books.hidden() == [("2026-10-31 20:01", 70_000, 1)]


@pytest.mark.parametrize("later", [False, True], ids=["one", "another after it"])
def test_a_compaction_from_before_a_change_of_price(books: Books, *, later: bool) -> None:
    """It costs what it cost then; Sonnet's cache reads cost half from 7 October on."""
    one = Session("2026-10-06 22:00")
    one.call(1000, SONNET)
    one.compact(0, SONNET)
    one.now_ms = at("2026-10-07 09:00")
    one.call(1000, SONNET)
    if later:
        one.compact(0, SONNET)
    one.ends()
    read = 1_000_000 * (1 + later)
    usage = one.rows[-1]["modelUsage"][SONNET]
    usage["cacheReadInputTokens"] = read
    usage["costUSD"] += 0.2 + 0.1 * later
    books.read(one)
    times = "SELECT read, cost_nano FROM call WHERE source = 3 ORDER BY ts_ms"
    assert (
        books.db.execute(times).fetchall()
        == [
            (1_000_000, 200_000_000),
            (1_000_000, 100_000_000),
        ][: 1 + later]
    )


def test_what_no_row_dates_is_of_the_runs_end(books: Books) -> None:
    """Another model's that is no title, and what was hidden of a model that was not compacted."""
    one = Session("2026-10-30 15:00")
    one.call()
    one.now_ms = at("2026-11-02 09:00")
    one.call(model=SONNET)
    one.compact(20_000, SONNET)
    one._bill(OPUS, 5000)
    one.call()
    one.ends()
    books.read(one)
    assert books.hidden() == [("2026-11-02 09:02", 20_000, 1), ("2026-11-02 09:03", 5000, 1)]


@pytest.mark.parametrize("back", [2 * HOUR, 10 * MINUTE, 2 * MINUTE])
@pytest.mark.parametrize("compacted", [(), (1,), (2,), (1, 2, 3)])
@pytest.mark.parametrize("over", [False, True], ids=["at-once", "run-by-run"])
def test_a_clock_that_was_set_back(
    books: Books, back: int, compacted: tuple[int, ...], *, over: bool
) -> None:
    """Between two runs; by how much, and whether it is right again in the third: no matter."""
    one = Session("2026-11-22 10:00")
    for run in (1, 2, 3):
        one.call()
        if run in compacted:
            one.compact()
        one.call()
        one.call()
        one.ends()
        if over:
            books.read(one)
        if run < 3:
            one.resumed(one.now_ms - back if run == 1 else one.now_ms + back // 2)
    books.read(one)
    assert books.dollars() == pytest.approx(one.dollars())
    assert books.lower() == (compacted != ())


def test_a_row_of_before_that_is_written_after_a_total_harms_nothing(books: Books) -> None:
    """It looks as if the clock had been set back."""
    one = Session("2026-11-22 10:00")
    one.call()
    one.compact()
    one.call()
    one.ends()
    one.now_ms -= 3000
    one._row(type="user", message={"role": "user", "content": "notice"})
    one.resumed(at("2026-11-22 12:00"))
    one.call()
    one.compact()
    one.call()
    one.ends()
    books.read(one)
    assert books.dollars() == pytest.approx(one.dollars())
    assert [ts[11:] for ts, _, _ in books.hidden()] == ["10:02", "12:02"]


def test_an_old_session_that_is_gone_on_with(books: Books) -> None:
    """Its calls were dropped; what its new run hid is booked, and never twice."""
    old, late = Session("2026-10-01 10:00"), Session("2026-11-27 10:00")
    old.call()
    old.compact()
    old.ends()
    late.call()
    books.read(old, late)
    now_ms = at("2026-11-27 12:00")
    assert retention.drop(books.db, 30, now_ms) == 2
    old.resumed(at("2026-11-28 09:00"))
    for _ in range(2):
        old.call()
        old.compact()
        old.ends()
        books.read(old)
        assert books.kept() == pytest.approx(old.dollars() + late.dollars())
        old.resumed(old.now_ms + HOUR)
    for day in range(1, 60):
        retention.drop(books.db, 30, now_ms + day * days.DAY_MS)
        with Immediate(books.db):
            reconcile(books.db, [1, 2], PRICES)
    assert books.kept() == pytest.approx(old.dollars() + late.dollars())


def test_a_run_over_the_day_from_which_calls_are_kept(books: Books) -> None:
    """What was booked of it stands; what it has of dropped calls is not booked once more."""
    one = Session("2026-10-28 10:00")
    one.call()
    one.compact()
    one.now_ms = at("2026-11-20 10:00")
    one.call()
    one.compact()
    one.ends()
    books.read(one)
    now_ms = at("2026-11-20 12:00")
    assert retention.drop(books.db, 10, now_ms) == 2
    with Immediate(books.db):
        reconcile(books.db, [1], PRICES)
    assert books.kept() == pytest.approx(one.dollars())
    one.resumed(at("2026-11-20 13:00"))
    one.call()
    one.compact()
    one.ends()
    books.read(one)
    assert books.kept() == pytest.approx(one.dollars())
    assert books.hidden() == [("2026-11-20 10:02", 30_000, 1), ("2026-11-20 13:02", 30_000, 0)]


@pytest.mark.parametrize("calls", [1, 2, 4, 8])
def test_a_killed_run_of_another_model_is_marked_where_it_may_hide_something(
    books: Books, calls: int
) -> None:
    """2.1.286's rows do not say whether a gateway answered by it."""
    one = Session("2026-11-22 10:00")
    one.call()
    one.ends()
    one.resumed(at("2026-11-22 11:00"))
    for _ in range(calls):
        one.call(20_000, SONNET)
    one.resumed(at("2026-11-22 12:00"))
    one.call()
    one.compact(50_000)
    one.call()
    one.ends()
    for row in one.rows:
        for entry in row.get("modelUsage", {}).values():
            del entry["cacheCreationEphemeral5mInputTokens"]
            del entry["cacheCreationEphemeral1hInputTokens"]
    books.read(one)
    assert books.dollars() < one.dollars()
    assert books.lower()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("number", [1, 9])
@pytest.mark.parametrize("kept", [False, True], ids=["killed", "ended"])
def test_a_fork_whose_file_begins_as_its_parents_does(
    books: Books, order: tuple[int, ...], number: int, *, kept: bool
) -> None:
    """Older clients' copies say nothing of it: the calls before are the parent's, by the totals."""
    parent = Session("2026-11-22 10:00", 5)
    parent.title()
    for _ in range(3):
        parent.call()
    parent.compact()
    if kept:
        parent.ends()
    fork = parent.fork(at("2026-11-22 12:00"), number)
    fork.call()
    fork.compact(40_000)
    fork.ends()
    if not kept:
        parent.billed = [one for one in parent.billed if one[1] == 10_000 * USD[OPUS]]
    pair = (parent, fork)
    books.read(*(pair[n] for n in order))
    right = parent.dollars() + fork.dollars()
    assert books.dollars() == pytest.approx(right)
    books.read(*(pair[n] for n in order))
    assert books.dollars() == pytest.approx(right)
    if kept:
        rows = books.db.execute(
            "SELECT uuid, count(*) FROM call JOIN session ON session.id = call.session"
            " WHERE source = 0 GROUP BY 1"
        )
        assert dict(rows.fetchall()) == {parent.id: 3, fork.id: 1}


def test_a_branch_amid_a_run_has_its_parents_calls_once(books: Books) -> None:
    """The client goes on in it with its total, and the parent writes none."""
    parent = Session("2026-11-22 10:00")
    parent.call()
    parent.compact()
    parent.call()
    fork = parent.fork(at("2026-11-22 10:30"), next(NUMBER))
    fork.rows = [
        row | ({"requestSessionId": parent.id} if row["type"] == "assistant" else {})
        for row in fork.rows
    ]
    fork.start_ms, fork.used = parent.start_ms, dict(parent.used)
    fork.call()
    fork.ends()
    books.read(parent, fork)
    assert books.dollars() == pytest.approx(parent.dollars() + fork.dollars())


STEPS = ["call", "call", "compact", "ends", "kill", "sleep", "back", "title"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """One ledger for all examples."""
    made = Books(tmp_path_factory.mktemp("made"))
    with contextlib.closing(made.db):
        yield made


@settings(derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 40)), max_size=16), st.booleans())
@example(steps=[("compact", 1), ("ends", 1), ("back", 30), ("call", 9), ("compact", 9)], live=False)
def test_no_day_has_more_than_was_billed_and_none_is_lost(
    shared: Books, steps: list[tuple[str, int]], live: bool
) -> None:
    """Runs over nights, killed ones, a clock set back: in all and, by the true clock, by day."""
    one = Session("2026-11-22 10:00")
    one.now_ms += next(NUMBER)  # each its own counting
    one.start_ms = one.now_ms
    whole = dated = True
    answered = backs = False
    compacted = 0  # more than one of a run share what is told of both
    for kind, n in steps:
        if kind == "call":
            one.call(1000 * n)
        elif kind == "compact":
            one.compact(1000 * n)
        elif kind == "title":
            one.title(100 * n)
        elif kind == "sleep":
            one.now_ms += n * HOUR
        elif kind == "kill":
            whole = whole and one.used == one.kept
            one.resumed(one.now_ms + n * MINUTE)
        else:
            one.ends()
            back, backs = kind == "back" and not backs, backs or kind == "back"
            one.resumed(one.now_ms + n * MINUTE * (-1 if back else 1) + len(one.rows))
        compacted = 0 if kind in ("ends", "back") else compacted + (kind == "compact")
        dated = dated and kind not in ("title", "back") and compacted <= answered
        answered = answered or kind == "call"
        if live:
            shared.read(one)
    one.call()
    one.ends()
    shared.read(one)
    sums = shared.db.execute(
        "SELECT day, sum(cost_nano), min(final) FROM call WHERE session ="
        " (SELECT id FROM session WHERE uuid = ?) GROUP BY 1",
        (one.id,),
    ).fetchall()
    booked = sum(nano for _, nano, _ in sums) / 1e9
    assert booked <= one.dollars() + 1e-6
    if whole:
        assert booked == pytest.approx(one.dollars())
    for day, nano, _ in sums if whole and dated else ():
        span = day * days.DAY_MS, (day + 1) * days.DAY_MS
        assert nano / 1e9 == pytest.approx(one.dollars(*span))
