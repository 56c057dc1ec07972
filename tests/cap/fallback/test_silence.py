"""What calls without a row count as, and which sessions with such are stopped."""

from __future__ import annotations

import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cheaproute.cap import expected, limits, periods, state
from cheaproute.cap.fallback import silence
from cheaproute.ledger import intern, store
from cheaproute.ledger.ingest.silence import Batch
from cheaproute.money import NANO
from tests.cap.caplib import NOW, spend

STEP_MS = 10_000
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


class Session:
    """A session under a monthly cap, both in dollars, and what each of its calls costs."""

    def __init__(self, place: Path, cap: float, call: float) -> None:
        self.db = store.in_memory()
        limits.put(self.db, {"month": round(cap * NANO)}, 0)
        self.id = intern.session_id(self.db, "s")
        self.file, self.call, self.made = place / "s.jsonl", call, 0
        self.file.write_text("")

    @property
    def now(self) -> int:
        """The time of the last call."""
        return NOW + self.made * STEP_MS

    @property
    def assumed(self) -> float:
        """What counts beside the books, dollars."""
        return self.state().periods["month"].assumed / NANO

    def state(self) -> state.State:
        """Where its cap stands."""
        return state.state(self.db, self.id, self.now)

    def step(self, row: str) -> bool:
        """A call with tools whose row is there, "late" or "lost": whether the gate lets on."""
        self.made += 1
        use, stops = f"toolu_{self.made}", False
        batch = Batch("s", "", str(self.file), [use])
        keys = periods.keys(self.now, self.id).values()
        silence.take_back(self.db, keys, batch, self.now)
        if row == "there":
            spend(self.db, self.call, now_ms=self.now, session=self.id)
            expected.learn_cost(self.db, self.id, round(self.call * NANO), 1)
        else:
            usual, now = expected.usual_call(self.db, self.id), self.state()
            left, near = now.periods["month"].left or 0, expected.near(self.db, now)
            at = silence.Standing(self.id, keys, usual=usual, left=left, near=near)
            stops = silence.look(self.db, at, batch, self.now, time.monotonic()).stops
        if row != "lost":
            with self.file.open("a") as file:
                file.write(f'{{"id": "{use}"}}\n')
        if row == "late":
            spend(self.db, self.call, now_ms=self.now, session=self.id)
        binding = self.state().binding
        return not stops and binding is not None and not binding.reached


@given(rows=st.lists(st.sampled_from(["there", "there", "late", "lost"]), max_size=60))
@MANY
def test_a_session_that_loses_rows_goes_on_while_there_is_enough(
    tmp_path: Path, rows: list[str]
) -> None:
    """Three in a row at most, a quarter of all: it is held to what its calls cost, and no more."""
    session = Session(tmp_path, cap=50, call=0.1)
    session.step("there")
    for number, row in enumerate(rows):
        kept = "there" if rows[max(0, number - 3) : number] == ["lost"] * 3 else row
        assert session.step(kept), number
    session.step("there")
    assert session.assumed <= rows.count("lost") * 0.1 + 1e-9


@given(cents=st.integers(1, 40), row=st.sampled_from(["there", "late", "lost"]))
@MANY
def test_a_transcript_emptied_at_each_step_ends_the_session_before_the_cap(
    tmp_path: Path, cents: int, row: str
) -> None:
    """Though each call be four times as dear as the one before: one is past it at most."""
    session = Session(tmp_path, cap=50, call=cents / 100)
    spent = 0.0
    for _ in range(3 if row != "lost" else 0):
        session.step(row)
        spent += session.call
    made = 0
    while session.step("lost"):
        made += 1
        spent += session.call * 4**made
    assert made <= 7
    assert spent - session.call * 4**made <= 50


@given(rows=st.lists(st.sampled_from(["there", "lost"]), min_size=40, max_size=40))
@MANY
def test_rows_lost_in_any_order_pass_a_cap_by_one_call_at_most(
    tmp_path: Path, rows: list[str]
) -> None:
    """Calls of twenty cents, a cap of a dollar: a sixth is the last."""
    session = Session(tmp_path, cap=1, call=0.2)
    session.step("there")
    made = next(n for n, row in enumerate(rows, 2) if not session.step(row))
    assert made <= 6


def test_a_session_of_which_nothing_is_known_ends_at_the_second(tmp_path: Path) -> None:
    """What a call costs there nobody can say."""
    session = Session(tmp_path, cap=500, call=0.1)
    assert [session.step("lost"), session.step("lost")] == [True, False]


def test_a_row_that_came_after_all_takes_back_what_was_counted(tmp_path: Path) -> None:
    """Two batches later, when it counted for the cap already."""
    session = Session(tmp_path, cap=50, call=0.1)
    session.step("there")
    session.step("lost")
    session.step("lost")
    assert session.assumed == 0.2
    session.file.write_text('"id":"toolu_2" "id":"toolu_3"')
    session.step("late")
    assert session.assumed == 0
