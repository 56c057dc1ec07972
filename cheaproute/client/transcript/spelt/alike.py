"""Rows of a file that differ in their ids, times and counts alone: read by columns.

A call of its own for each of them would take most of the time that a long history takes.
"""

from __future__ import annotations

from itertools import compress

from cheaproute.client.transcript import rows
from cheaproute.client.transcript.spelt.spelling import time_ms
from cheaproute.usage.call import five_minutes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from cheaproute.client.transcript.spelt.spelling import Row
    from cheaproute.usage.call import Call

_COLUMNS = (
    "id", "place", "ts_ms", "request_id", "ref", "input", "output", "write_5m", "write_1h", "read",
)  # fmt: skip


def gather(told: Iterable[Row], made: Callable[[Row], Call]) -> list[Alike]:
    """All that is `told`, in groups; `made` makes a row's call."""
    spelt: dict[object, list[Row]] = {}
    for row in told:
        spelt.setdefault(row[0], []).append(row)
    return [some for alike in spelt.values() for some in _grouped(alike, made)]


def _grouped(told: list[Row], made: Callable[[Row], Call]) -> Iterator[Alike]:
    """Rows of one spelling in groups: as a rule one."""
    columns = [*zip(*(row[3] for row in told), strict=True)]
    pick = told[0][0].kind
    if all(column.count(column[0]) == len(column) for column in pick(columns)):
        yield Alike(made(told[0]), told, columns)
        return
    kinds: dict[object, list[Row]] = {}
    for row in told:
        kinds.setdefault(pick(row[3]), []).append(row)
    for some in kinds.values():
        yield Alike(made(some[0]), some, [*zip(*(row[3] for row in some), strict=True)])


class Alike:
    """Rows of one spelling, session, directory, model and number of searches; no message twice.

    `first` is the call of the first of them: all others have what it has, but for the columns,
    which are named as its fields and in the order met.
    """

    __slots__ = ("first", *_COLUMNS)
    id: Sequence[str]
    place: Sequence[int]
    ts_ms: Sequence[int]
    request_id: Sequence[str]
    ref: Sequence[int]
    input: Sequence[int]
    output: Sequence[int]
    write_5m: Sequence[int]
    write_1h: Sequence[int]
    read: Sequence[int]

    def __init__(self, first: Call, told: Sequence[Row], columns: list[tuple[str, ...]]) -> None:
        spelling = told[0][0]
        _, self.place, self.id, _ = zip(*told, strict=True)
        times, _, self.request_id, *_, refs = spelling.words(columns)
        counts = [list(map(int, column)) for column in spelling.numbers(columns)]
        self.first = first
        self.ts_ms = list(map(time_ms, times))
        self.ref = list(map(rows.ref_of, refs)) if spelling.known.ref else [0] * len(told)
        self.input, self.output, self.read, written, self.write_1h, five, _ = counts
        self.write_5m = list(map(five_minutes, five, self.write_1h, written))

    def calls(self) -> Iterable[Call]:
        """The calls themselves."""
        columns = (getattr(self, name) for name in _COLUMNS)
        for fields in zip(*columns, strict=True):
            yield self.first.replace(**dict(zip(_COLUMNS, fields, strict=True)))

    def apart(self, ids: Collection[str]) -> tuple[Alike, Alike]:
        """Those with one of these `ids`, and the others."""
        among = [one in ids for one in self.id]
        return self._those(among), self._those([not one for one in among])

    def _those(self, chosen: list[bool]) -> Alike:
        some = Alike.__new__(Alike)
        some.first = self.first
        for name in _COLUMNS:
            setattr(some, name, list(compress(getattr(self, name), chosen)))
        return some
