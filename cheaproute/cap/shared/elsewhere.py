"""What is known of the user's other machines, as a gate reads it: one small file (hot path).

Written by a round of `cheaproute sync`. It may raise what counts as spent, and nothing else: no
limit is read from it.
"""

from __future__ import annotations

import os

from cheaproute import atomic, fastjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE = "elsewhere.json"
_MOST_BYTES = 1 << 16
# So many machines are named; the others count as one, for a gate reads a small file only.
MOST_NAMES = 40


class Elsewhere:
    """What other machines spent, by period key; `share`: this machine's part of the month, or None.

    `assumed` is what a cap counts beside that: calls without a price, what was taken back.

    `lower` are the keys of periods and the names of machines whose sum is a lower bound.

    `as_of` is {machine's name: time of its newest call in UTC milliseconds}, `spent` what each
    spent in the month of the last round.
    """

    __slots__ = ("as_of", "assumed", "lower", "periods", "share", "spent")

    def __init__(
        self,
        periods: dict[str, tuple[int, int]],
        as_of: dict[str, int],
        share: float | None,
        spent: dict[str, int],
        assumed: dict[str, int],
        lower: frozenset[str],
    ) -> None:
        self.lower = lower
        self.periods = periods
        self.assumed = assumed
        self.as_of = as_of
        self.share = share
        self.spent = spent


def read(data_dir: str) -> Elsewhere | None:
    """What the last round left; None where there was none, or it cannot be read."""
    try:
        found = fastjson.read(os.path.join(data_dir, FILE), _MOST_BYTES)
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    periods, share = found.get("periods"), found.get("share")
    return Elsewhere(
        {
            key: (value[0], value[1])
            for key, value in (periods.items() if isinstance(periods, dict) else ())
            if isinstance(value, list) and len(value) == 2 and all(map(_count, value))
        },
        _counts(found.get("as_of")),
        share if isinstance(share, float) and 0 < share < 1 else None,
        _counts(found.get("spent")),
        _counts(found.get("assumed")),
        frozenset(_names(found.get("lower"))),
    )


def write(
    data_dir: str,
    periods: Mapping[str, tuple[int, int, int, bool]],
    as_of: Mapping[str, int],
    share: float | None,
    spent: Mapping[str, int] | None = None,
    lower: Iterable[str] = (),
) -> None:
    """Leave what a round found: by period (spent, calls without a price, assumed beside it).

    Last whether that is a lower bound; `lower` are the machines' names whose sum is one.

    Raises:
        ConfigError: it cannot be written.
    """
    spent = dict(spent or {})
    named = sorted({**spent, **as_of}, key=lambda one: (-spent.get(one, 0), -as_of.get(one, 0)))
    least = {key for key, row in periods.items() if row[3]} | set(lower)
    if len(named) > MOST_NAMES:
        rest = named[MOST_NAMES - 1 :]
        word = f"{len(rest)} others"
        if least & set(rest):
            least = (least - set(rest)) | {word}
        spent[word] = sum(spent.pop(name, 0) for name in rest)
        as_of = {name: ms for name, ms in as_of.items() if name not in rest} | {
            word: min(as_of.get(name, 0) for name in rest)
        }
    content = {
        # As sessions of before read it.
        "periods": {key: list(row[:2]) for key, row in periods.items()},
        "assumed": {key: row[2] for key, row in periods.items()},
        "as_of": dict(as_of), "share": share, "spent": spent, "lower": sorted(least),
    }  # fmt: skip
    atomic.write(os.path.join(data_dir, FILE), fastjson.dumps(content).encode(), 0o600)


def forget(data_dir: str) -> None:
    """Know of no other machine any more."""
    atomic.remove(os.path.join(data_dir, FILE))


def _counts(value: object) -> dict[str, int]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {name: count for name, count in pairs if _count(count)}


def _names(value: object) -> Iterable[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else ()


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
