"""Times of rows that were read by their spelling: in the form of `pattern.TIME`, ASCII."""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.client.transcript import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What the hours that were met begin at.
_hours: dict[bytes, int] = {}
_MOST = 1000
_BETWEEN = b"-T:.Z"


class _Digits(dict[int, int]):
    """What hours begin at, by the number that their digits are: 2026112810."""

    __slots__ = ()

    def __missing__(self, hour: int) -> int:
        if len(self) > _MOST:
            self.clear()
        told = str(hour)
        self[hour] = found = hour_ms(f"{told[:4]}-{told[4:6]}-{told[6:8]}T{told[8:]}".encode())
        return found


_digits = _Digits()


def hour_ms(time: bytes) -> int:
    """When the hour of a time begins; 0 where there is none."""
    return _hours.get(time[:13]) or _new_hour_ms(time[:13].decode("latin-1"))


def _new_hour_ms(hour: str) -> int:
    day, _, number = hour.partition("T")
    parts = (*day.split("-"), number)
    usual = [*map(len, parts)] == [4, 2, 2, 2] and "".join(parts).isdigit()
    if len(_hours) > _MOST:
        _hours.clear()
    found = rows.time_ms(hour + ":00:00.000Z") if usual else 0
    _hours[hour.encode("latin-1")] = found
    return found


def one_ms(time: bytes) -> int:
    """UTC milliseconds of a time whose hour there is."""
    return hour_ms(time) + int(time[14:16]) * 60_000 + int(time[17:19] + time[20:23])


def all_ms(times: Sequence[bytes]) -> list[int]:
    """UTC milliseconds of times whose hours there are."""
    hours = _digits
    return [
        hours[told // 10_000_000] + told // 100_000 % 100 * 60_000 + told % 100_000
        for told in numbers(b",".join(times).translate(None, _BETWEEN))
    ]


def numbers(listed: bytes) -> list[int]:
    """The numbers that are listed with commas between: quicker than one by one."""
    found: list[int] = fastjson.loads(b"[%b]" % listed)
    return found
