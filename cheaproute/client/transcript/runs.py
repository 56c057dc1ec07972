"""When a run was that ended with a total of the client's: its beginning, its compactions."""

from __future__ import annotations

import os
from stat import S_ISREG

from cheaproute.client.transcript import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cheaproute.client.transcript.client_total import CostState

_STATE = b'{"type":"cost-state"'
_COMPACTED = b'"compact_boundary"'
_FIRST_PROMPT = b'"promptIndex":0'
# Who began the turn: `-p` and programs; the keyboard, for older clients do not say.
_PROGRAM, _BY_PEOPLE = "sdk", ("human", None)
_BLOCK, _MOST_RUN = 1 << 18, 32 << 20


def date(state: CostState, path: str, place: int) -> None:
    """Find out when the run of `state` was, whose total stands at `place` of the file at `path`."""
    region = _since_last(path, place)
    if region is not None:
        state.run_ms, state.compacted_ms = _began_ms(region), _compacted_ms(region)


def _compacted_ms(region: bytes) -> list[int]:
    """The times of the compactions in `region`."""
    times, place = [], region.find(_COMPACTED)
    while place >= 0:
        row = rows.decode(_line(region, place))
        if isinstance(row, dict) and row.get("subtype") == "compact_boundary":
            times.append(rows.time_ms(row.get("timestamp")))
        stop = region.find(b"\n", place)
        place = region.find(_COMPACTED, stop) if stop >= 0 else -1
    return [at_ms for at_ms in times if at_ms]


def _began_ms(region: bytes) -> int:
    """When the run began that ends with `region`; 0: unknown.

    A run's first prompt has the number 0, as each of a program's has; a terminal's are numbered on
    from run to run, and do not tell. What lies before the total before is another run's.
    """
    row = _first_prompt(region)
    if row is None:
        return 0
    prompt = row.get("promptId")
    if not isinstance(prompt, str) or not prompt.isascii():
        return _sent_ms(row)
    # Its rows stand in no order of time: a compaction's summary comes first, and is the last made.
    mark, times = b'"promptId":"' + prompt.encode() + b'"', []
    place = region.find(mark)
    while place >= 0:
        times.append(_sent_ms(rows.decode(_line(region, place))))
        stop = region.find(b"\n", place)
        place = region.find(mark, stop) if stop >= 0 else -1
    return min(filter(None, times), default=0)


def _since_last(path: str, place: int) -> bytes | None:
    """What stands before `place` from the total before it on; None where that is too far back."""
    blocks: list[bytes] = []
    seam = b""  # where a total's mark may lie across two blocks
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            while place > 0 and len(blocks) * _BLOCK < _MOST_RUN:
                size = min(_BLOCK, place)
                place -= size
                file.seek(place)
                blocks.append(file.read(size))
                if _STATE in blocks[-1] + seam:
                    region = b"".join(reversed(blocks))
                    return region[region.rfind(_STATE) :]
                seam = blocks[-1][: len(_STATE)]
    except OSError:
        return None
    return b"".join(reversed(blocks)) if place == 0 else None


def _first_prompt(region: bytes) -> dict[str, Any] | None:
    """The row of the last prompt in `region` that begins a run; None where that cannot be told.

    What comes in between by itself, a finished agent's notice or a teammate's word, is a turn of
    its own under the number of the prompt before it: it begins a run only if nobody's does. A
    program's prompts all bear the first number, those of one run as those of several, and so do
    the summaries of its compactions, which do not say who began them.
    """
    found, end = None, len(region)
    while (end := region.rfind(_FIRST_PROMPT, 0, end)) >= 0:
        row = rows.decode(_line(region, end))
        end = region.rfind(b"\n", 0, end) + 1  # each line once
        position = row.get("turnPosition") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(position, dict):
            continue
        if position.get("promptIndex") != 0:
            continue  # a longer number, or another object's
        origin = row.get("turnOrigin")
        if found is not None and (_is_summary(found) or found.get("turnOrigin") == _PROGRAM):
            begins = origin == _PROGRAM or (_is_summary(found) and origin in _BY_PEOPLE)
            if begins and row.get("promptId") != found.get("promptId"):
                return None
            continue
        found = row
        if origin in _BY_PEOPLE and not _is_summary(row):
            break
    return found


def _is_summary(row: dict[str, Any]) -> bool:
    return row.get("turnOrigin") is None and row.get("isCompactSummary") is True


def _sent_ms(row: object) -> int:
    """When a user's row was made or, for a prompt, sent off; 0: it does not say."""
    if not isinstance(row, dict):
        return 0
    made, sent = rows.time_ms(row.get("timestamp")), row.get("sentAtMs")
    return min(made, sent) if made and type(sent) is int and sent > 0 else made


def _line(data: bytes, place: int) -> bytes:
    stop = data.find(b"\n", place)
    return data[data.rfind(b"\n", 0, place) + 1 : stop if stop >= 0 else len(data)]
