"""The usual calls of a file, all at once: new ones, of which its rows tell nothing seldom."""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.ledger.calls.batch_totals import Tally
    from cheaproute.ledger.calls.record import Place
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices


def put(
    calls: list[Call], place: Place, tally: Tally, models: Mapping[str, int], prices: Prices
) -> list[Call]:
    """Write down the usual ones of `calls`, all made at `place`; the others, to be put one by one.

    The columns are those of `Recorder.insert`.
    """
    if len({call.id for call in calls}) < len(calls):
        return calls  # a gateway's, that gives one id to several: their order matters
    fresh = tally.fresh
    usual = [call for call in calls if call.id in fresh and not _is_seldom(call)]
    rest = []
    if len(usual) < len(calls):
        rest = [call for call in calls if call.id not in fresh or _is_seldom(call)]
    source, session, project, file = place.source, place.session, place.project, place.file
    tally.take(
        [
            (
                call.id, call.ts_ms, call.ts_ms // DAY_MS, models[call.model], source,
                session, project, file, call.request_id, call.final, cost_nano(call, prices),
                call.input, call.output, call.write_5m, call.write_1h, call.read, call.mode,
                call.ref, place.agent,
            )
            for call in usual
        ]
    )  # fmt: skip
    return rest


def _is_seldom(call: Call) -> bool:
    """Whether something is told of the call that is told of few."""
    seldom = call.requested or call.odd or call.web_search or call.purpose or call.estimated
    return bool(seldom or call.rows or call.part or call.client_nano is not None)
