"""What is said of a change a week later."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cheaproute.cli import plan_apply
from cheaproute.ledger.calls.record import Place
from cheaproute.ledger.schema import HELPER
from cheaproute.plan import trial
from cheaproute.plan.applied import Applied
from cheaproute.plan.trial import Outcome, lines
from cheaproute.usage.call import Call
from tests.plan import month as made
from tests.plan.month import OPUS, Month

USD = 10**9
APPLIED = Applied(0, ("window",), 100 * USD, 20 * USD, 10 * USD, 30 * USD)


def came(spent: int, before: int, model: int = 0, rework: int = 1) -> Outcome:
    """Seven days: dollars spent, those as before, of the model's price; of ten subagents redone."""
    nano = spent * USD, before * USD, model * USD, (before - spent - model) * USD
    return Outcome(7, *nano, rework, 10, 1, 10)


@pytest.mark.parametrize(
    ("what", "first", "says"),
    [
        (
            came(50, 60),
            "In force since",
            "$60.00, 17 % less. The two parts: $0.00 less",
        ),
        (came(50, 60, 4), "In force since", "$4.00 less by the price of the model, $6.00 less by"),
        (
            came(50, 60, -2),
            "In force since",
            "$2.00 more by the price of the model, $12.00 less by",
        ),
        (came(70, 60), "THIS DID HARM: window", "$10.00 dearer than as before"),
        (came(70, 60), "THIS DID HARM: window", "17 % more. The two parts: $0.00 less"),
        (came(50, 60, rework=6), "THIS DID HARM: window", "6 of 10 subagents done again, before 1"),
        (came(50, 60, rework=2), "In force since", "$50.00 in 7 days"),
        (
            came(50, 60)._replace(trouble=12, prompts=40, trouble_before=4, prompts_before=40),
            "THIS DID HARM: window",
            '"that did not work" in 12 of 40 prompts, before in 4 of 40',
        ),
        (
            came(50, 60)._replace(trouble=6, prompts=40, trouble_before=4, prompts_before=40),
            "In force since",
            "$50.00 in 7 days",
        ),
        (
            came(50, 60)._replace(trouble=12, prompts=40),  # nothing to compare it with
            "In force since",
            "$50.00 in 7 days",
        ),
        (
            came(50, 60)._replace(chosen="saved $3.00: $4.00 by the model's price, less $1.00"),
            "In force since",
            "the choice of the main loop's model saved $3.00: $4.00 by the model's price",
        ),
        (came(0, 0), "In force since", "nothing to judge"),
    ],
)
def test_harm_is_said_first_and_in_what_it_is(what: Outcome, first: str, says: str) -> None:
    """Dearer, or more done again; else what came beside what was foretold, in its two parts."""
    said = " ".join(lines(APPLIED, what, "2026-11-19"))
    assert said.startswith(first)
    assert says in said
    keep = "`cheaproute plan undo` takes it back; doing nothing keeps it."
    assert said.endswith(keep) is (what.spent > 0)


def test_a_week_in_which_more_did_not_work(month: Month) -> None:
    """Prompts before and after are told apart by the day; what they say is in the ledger."""
    for number in range(0, 300, 5):
        month.turn(number, "implement", "sonnet")
        late = month.at(number) > made.NOW_MS - 14 * made.DAY_MS
        if number % (10 if late else 50) == 0:
            row = (month.session(number), month.at(number))
            month.db.execute("INSERT INTO turn(session, ts_ms, kind) VALUES(?, ?, 'trouble')", row)
    applied = Applied(made.NOW_MS - 14 * made.DAY_MS, ("window",), USD, 0, 0, 0)
    found = trial.judge(month.db, applied, made.NOW_MS, made.settings())
    assert found.trouble > 3 * found.trouble_before > 0
    assert found.harms[0].startswith('"that did not work" in')


@pytest.mark.parametrize(("life", "dearer"), [("5m", True), ("1h", False)])
def test_a_caches_life_is_judged_against_the_one_before(
    month: Month, life: str, *, dearer: bool
) -> None:
    """Back after twenty minutes each time: an hour's cache was read, five minutes' is not."""
    begun = made.NOW_MS - 10 * made.DAY_MS
    for day in range(20):
        at_ms = begun + (day - 10) * made.DAY_MS + 1
        after = at_ms >= begun + made.DAY_MS
        hour = (life == "1h") is after
        for place in range(5):
            new = 91_000 if place == 0 or not hour else 1_000
            month.call(
                at_ms + place * 1_200_000,
                OPUS,
                session=month.session(day),
                write_5m=0 if hour else new,
                write_1h=new if hour else 0,
                read=91_000 - new,
            )
    applied = Applied(begun, ("cache",), USD, 0, 0, 0, settings={"promptCacheTtl": life})
    found = trial.judge(month.db, applied, made.NOW_MS, made.settings())
    assert (found.spent > found.before) is dearer
    assert bool(found.harms) is dearer


@pytest.mark.parametrize(("steps", "dearer"), [(("keep-warm",), True), (("window",), False)])
def test_pings_and_hand_overs_are_part_of_what_came(
    month: Month, steps: tuple[str, ...], *, dearer: bool
) -> None:
    """What helpers cost more than before is the plan's own doing, where it sends any."""
    begun = made.NOW_MS - 10 * made.DAY_MS
    for day in range(18):
        at_ms = begun + (day - 8) * made.DAY_MS
        month.call(at_ms, OPUS, month.session(day))
        if day > 9:
            ping = Call(f"ping_{day}", at_ms + 1, OPUS, input=50, output=10, read=500_000)
            month.record.put(ping, Place(HELPER, session=month.session(day)))
    found = trial.judge(month.db, Applied(begun, steps, USD, 0, 0, 0), made.NOW_MS, made.settings())
    assert bool(found.harms) is dearer
    assert (found.spent > found.before) is dearer


def test_of_several_changes_the_harmful_one_is_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever each was applied: what costs the user stands at the top."""
    week, month = replace(APPLIED, at_ms=9), replace(APPLIED, steps=("cache",))
    outcomes = {month.steps: came(50, 60), week.steps: came(70, 60)}
    monkeypatch.setattr("cheaproute.plan.applied.load", lambda _env: [month, week])
    monkeypatch.setattr(
        "cheaproute.plan.trial.judge", lambda _db, one, _now_ms, _settings: outcomes[one.steps]
    )
    context = SimpleNamespace(env={}, settings={}, now_ms=lambda: 30 * made.DAY_MS, ledger=int)
    said = [line for line in plan_apply.judged(cast("Any", context)) if "in force" in line.lower()]
    assert [line.split(",")[0] for line in said] == [
        "THIS DID HARM: window",
        "In force since 1970-01-01: cache.",
    ]
