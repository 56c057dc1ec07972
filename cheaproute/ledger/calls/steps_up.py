"""What a routed subagent lost where it went up to its own model amid its run.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from cheaproute.ledger.calls.record import unpack
from cheaproute.ledger.schema import SUBAGENT
from cheaproute.usage import cache, switching
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.calls.record import Recorder
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices


def is_own(call: Call, own: str) -> bool:
    """Whether `call` ran on the model `own`, in whichever spelling."""
    return canonical(call.model) == canonical(own)


def settle(recorder: Recorder, session: int, agent: str, own: str) -> None:
    """Book, once, what the agent's calls lost by the way up to `own`: as the first there saved.

    On its own model from the start it would have read there what it had to write anew.
    """
    recorder.read("")  # what waits to be written, is
    ids = _ids(recorder.db, session, agent)
    calls = [unpack(one, recorder.read(one))[0] for one in ids]
    for number in range(1, len(calls)):
        before, call = calls[number - 1], calls[number]
        if not is_own(call, own) or is_own(before, own):
            continue
        lost = _lost(calls[0], before, call, own, recorder.prices)
        known, held, saved = unpack(ids[number], row := recorder.read(ids[number]))
        if saved != lost:
            recorder.remove(ids[number], row)
            recorder.insert(known, held, row[6], lost)


def _ids(db: sqlite3.Connection, session: int, agent: str) -> list[str]:
    rows = db.execute(
        "SELECT id FROM call WHERE session = ? AND agent = ? AND source = ? AND instr(id, '#') = 0"
        " ORDER BY ts_ms, id",
        (session, agent, SUBAGENT),
    )
    return [one for (one,) in rows]


def _lost(first: Call, before: Call, call: Call, own: str, prices: Prices) -> int:
    """What the switch from the cache of `before` came to, in nano-dollars: not above 0.

    What `call` found in the cache all the same is another run's beginning: the `first` of this one
    would have read that, too.
    """
    warm = call.ts_ms < before.ts_ms + cache.life_ms(before.write_5m, before.write_1h)
    read = switching.would_read(call, sum(before.prompt()), warm=warm)
    at_way_up = _switch(call, own, read, prices)
    begun = 0 if is_own(first, own) else _switch(first, own, call.read, prices)
    return at_way_up + begun


def _switch(call: Call, own: str, read: int, prices: Prices) -> int:
    found = switching.parts_nano(call, own, read, prices)
    return min(0, found[2]) if found else 0
