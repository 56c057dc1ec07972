"""Where the money went: the parts make up the whole."""

from __future__ import annotations

import pytest

from cheaproute.ledger.calls.record import Place
from cheaproute.ledger.schema import SOURCES
from cheaproute.plan.replay import parts
from cheaproute.plan.steps import propose
from cheaproute.usage.call import Call
from tests.plan.month import DAY_MS, HAIKU, NOW_MS, OPUS, SONNET, Month

SPANS = (1, 2, 7, 28, 40)


def _book(
    month: Month, id_: str, at_ms: int, source: int, model: str = OPUS, requested: str = ""
) -> None:
    call = Call(id_, at_ms, model, agent="a1" if SOURCES[source] == "subagent" else "")
    call.requested = requested
    call.input, call.output, call.write_5m, call.read = 1_237, 779, 4_211, 33_337
    call.web_search = 1
    month.record.put(call, Place(source, session=month.session(1), agent=call.agent))


def every_kind(month: Month) -> None:
    """A call of each kind and source on some days, two of them known as totals only."""
    for back in (0, 1, 5, 20, 33):
        at_ms = NOW_MS - back * DAY_MS
        for source, name in enumerate(SOURCES):
            _book(month, f"{name}-{back}", at_ms + source, source)
        _book(month, f"main-{back}#advisor:1", at_ms + 10, 0, SONNET)
        _book(month, f"main-{back}#1", at_ms + 11, 0, HAIKU)
        _book(month, f"fell-{back}", at_ms + 12, 0, SONNET, OPUS)
        _book(month, f"unpriced-{back}", at_ms + 13, 0, "claude-unheard-of-9")
        _book(month, f"long-{back}", at_ms + 14, 0, SONNET)
    month.db.execute("DELETE FROM call WHERE ts_ms < ?", (NOW_MS - 10 * DAY_MS,))


@pytest.mark.parametrize("days", SPANS)
def test_the_parts_make_up_the_whole(month: Month, days: int) -> None:
    """Advisors, subagents, fallbacks, days kept as totals: to the nano-dollar, in each span."""
    every_kind(month)
    month.days = days
    plan = propose.propose(month.evidence(), {})
    told = {name: nano for name, nano in plan.went.items() if name not in (parts.LONG, parts.COLD)}
    assert plan.spent > 0
    assert sum(told.values()) == plan.spent
    assert min(told.values()) > 0
    assert {parts.ADVISOR, parts.REST, *parts.BESIDE.values()} <= set(told)
