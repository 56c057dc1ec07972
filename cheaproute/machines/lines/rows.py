"""A call as one line of a machine's file: counts, times, names of models; never a text (pure)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cheaproute import fastjson
from cheaproute.days import DAY_MS
from cheaproute.usage.call import COUNTS

# What no call can be: such rows are set aside, and named.
MOST_LINE_BYTES = 4_000
MOST_COUNT = 1 << 40
MOST_NANO = 10_000 * 1_000_000_000
# A clock may be ahead a little; a row of the day after tomorrow is none.
AHEAD_MS = DAY_MS
_MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One call of some machine. `cost_nano` is None where the price is unknown.

    `requested` is the model asked for, told only there: a cap guesses by it. `open`: its counts
    are a lower bound. `gone` is the word that an identity sent earlier is no call (an estimate that
    was replaced); with `lacks` it is none, but so many requests that are in no sum (`lacks`), which
    a machine of an earlier version passes over so. That passes over a `newer` row, too, and has in
    its place the `older` one, their sum, which is read here as that there is none.
    """

    id: str
    ts_ms: int
    model: str
    source: str
    counts: tuple[int, ...]
    cost_nano: int | None
    project: str = ""
    gone: bool = False
    requested: str = ""
    open: bool = False
    lacks: int = 0
    newer: bool = False
    older: bool = False

    @property
    def day(self) -> int:
        """The UTC day."""
        return self.ts_ms // DAY_MS

    def line(self) -> bytes:
        """The row as it is written, without its end."""
        if self.gone and not self.lacks:
            return json.dumps({"id": self.id, "gone": 1}).encode()
        if self.gone:
            lack = {"id": self.id, "gone": 1, "lacks": self.lacks, "ts": self.ts_ms}
            lack |= {"model": self.model, "source": self.source, "nano": self.cost_nano}
            return json.dumps(lack, ensure_ascii=True, separators=(",", ":")).encode()
        row: dict[str, object] = {
            "id": self.id,
            "ts": self.ts_ms,
            "model": self.model,
            "source": self.source,
            "counts": list(self.counts),
            "nano": self.cost_nano,
        }
        if self.project:
            row["project"] = self.project
        if self.requested:
            row["requested"] = self.requested
        marks = {"open": self.open, "gone": self.newer, "sum": self.older}
        row |= {name: 1 for name, said in marks.items() if said}
        return json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode()


class Refused(ValueError):
    """A line that is no row; the message says why in a few words.

    `until_ms`: the time from which it may be one, 0 for never.
    """

    def __init__(self, why: str, until_ms: int = 0) -> None:
        super().__init__(why)
        self.until_ms = until_ms


def parse(line: bytes, now_ms: int) -> Row:
    """The row in `line`.

    Raises:
        Refused: it is too long, no row, from the future, or of absurd size.
    """
    if len(line) > MOST_LINE_BYTES:
        raise Refused("too long")
    try:
        found = fastjson.loads(line)
    except ValueError:
        raise Refused("no JSON") from None
    if not isinstance(found, dict):
        raise Refused("no row")
    identity = text(found.get("id"))
    if not identity:
        raise Refused("no id")
    newer = bool(found.get("gone")) and "counts" in found
    gone = bool(found.get("gone") or found.get("sum")) and not newer
    lacks = _whole(found.get("lacks")) or 0
    if gone and not lacks:
        return Row(identity, 0, "", "", (0,) * len(COUNTS), 0, gone=True)
    ts_ms = _whole(found.get("ts"))
    if not ts_ms:
        raise Refused("no time")
    if ts_ms > now_ms + AHEAD_MS:
        raise Refused("in the future", ts_ms - AHEAD_MS)
    said = [0] * len(COUNTS) if gone else found.get("counts")
    counts = [_whole(one) for one in said] if isinstance(said, list) else []
    tokens = [one for one in counts if one is not None]
    if len(counts) != len(COUNTS) or len(tokens) != len(COUNTS):
        raise Refused("no counts")
    nano = _whole(found.get("nano"))
    if nano is None and found.get("nano") is not None:
        raise Refused("no price")
    if max(*tokens, lacks) > MOST_COUNT or (nano or 0) > MOST_NANO:
        raise Refused("absurd")
    return Row(
        identity,
        ts_ms,
        text(found.get("model")),
        text(found.get("source")),
        tuple(tokens),
        nano,
        text(found.get("project")),
        gone,
        "" if nano is not None else text(found.get("requested")),
        bool(found.get("open")),
        lacks if gone else 0,
        newer,
    )


def _whole(value: object) -> int | None:
    """The whole number that `value` is; None where it is none, negative, or cannot be stored."""
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62
    return value if good and isinstance(value, int) else None


def text(value: object) -> str:
    """A short printable text, "" for anything else; lone surrogates cannot be told or stored."""
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        return ""
    return "".join(char for char in value if char.isprintable())
