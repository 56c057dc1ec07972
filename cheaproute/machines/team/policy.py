"""The team's policy: caps by team, person and project, what holds at them, what models cost."""

from __future__ import annotations

import json

from cheaproute.config import toml_file
from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.machines.team.connection import refusals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.machines.team.admin import Db

SCOPES, PERIODS = ("team", "person", "project"), ("month", "week", "day")
CHOICES: dict[str, tuple[object, ...]] = {
    "at_cap": ("block", "cheap", "warn"),
    "out_of_touch": ("open", "closed"),
    "see_others": (True, False),
}
_FIELDS = (*CHOICES, "lease_s", "prices", "caps")
_OF_CAP = ("scope", "key", "period", "usd")
_MOST_USD = 1e9
_MOST_PRICES = 100


@refusals()
def read(db: Db) -> dict[str, object]:
    """The policy as a table for `policy.toml`: caps in dollars, and what holds at them.

    Raises:
        CheaprouteError: there is none, or the server refuses.
    """
    row = db.execute("SELECT to_jsonb(p) FROM cheaproute.policy p").fetchone()
    if row is None or not isinstance(row[0], dict):
        raise CheaprouteError("the team's policy is missing: `cheaproute team init URL` again")
    kept = row[0]
    found: dict[str, object] = {name: kept[name] for name in _FIELDS if kept.get(name, {}) != {}}
    found["caps"] = [
        {"scope": scope, "key": key, "period": period, "usd": int(str(nano)) / 1e9}
        for scope, key, period, nano in db.execute(
            "SELECT scope, key, period, limit_nano FROM cheaproute.cap ORDER BY 1, 2, 3"
        )
    ]
    return found


@refusals()
def prices(db: Db) -> dict[str, object]:
    """What models cost by the policy, as `prices.overrides` has it; {} where it says nothing.

    Raises:
        CheaprouteError: the server refuses.
    """
    row = db.execute("SELECT to_jsonb(p) -> 'prices' FROM cheaproute.policy p").fetchone()
    found = row[0] if row else None
    return found if isinstance(found, dict) and not toml_file.problem("{price}", found) else {}


@refusals()
def write(db: Db, wanted: Mapping[str, object]) -> list[str]:
    """Make `wanted` (as `read` gives it) the policy, all or nothing; persons it caps that are none.

    Raises:
        UsageError: a value is not of its kind, or has no place there; the message names it.
        CheaprouteError: the server refuses.
    """
    limits = _checked(wanted)
    with db.transaction():
        db.execute("SELECT cheaproute.lock_budget()")
        db.execute(
            "UPDATE cheaproute.policy SET at_cap = %s, out_of_touch = %s, see_others = %s, "
            "lease_s = %s",
            [wanted[name] for name in _FIELDS[:-2]],
        )
        costs = wanted.get("prices", {})
        if costs != prices(db):  # tables of an earlier version have no place for them
            db.execute("UPDATE cheaproute.policy SET prices = %s::jsonb", (json.dumps(costs),))
        db.execute("DELETE FROM cheaproute.cap")
        for (scope, key, period), nano in limits.items():
            db.execute(
                "INSERT INTO cheaproute.cap VALUES (%s, %s, %s, %s)", (scope, key, period, nano)
            )
        members = {role for (role,) in db.execute("SELECT role FROM cheaproute.person")}
    return sorted({key for scope, key, _ in limits if scope == "person"} - members - {""})


def _checked(wanted: Mapping[str, object]) -> dict[tuple[str, str, str], int]:
    """The limits of a policy by (scope, key, period): all of it is of its kind, and nothing else.

    A cap that is misspelt must not be one that is missing.
    """
    _only(wanted, _FIELDS, "policy")
    for key, choices in CHOICES.items():
        said = wanted.get(key)
        if type(said) is not type(choices[0]) or said not in choices:
            words = ", ".join(str(one).lower() for one in choices)
            raise UsageError(f"{key} = {said!r}: one of {words}")
    lease = wanted.get("lease_s")
    if type(lease) is not int or not 120 <= lease <= 86_400:
        raise UsageError(f"lease_s = {lease!r}: whole seconds from 120 to 86400")
    problem = toml_file.problem("{price}", wanted.get("prices", {}))
    if problem or len(json.dumps(wanted.get("prices", {}))) > _MOST_PRICES * 200:
        raise UsageError(f"prices: {problem or f'{_MOST_PRICES} models at most'}")
    caps = wanted.get("caps")
    if not isinstance(caps, list):
        raise UsageError("[[caps]] is missing: write `caps = []` for a team without any")
    limits: dict[tuple[str, str, str], int] = {}
    for cap in caps:
        place, nano = _cap(cap)
        if place in limits:
            raise UsageError(f"cap {cap!r}: there is one for that already")
        limits[place] = nano
    return limits


def _cap(cap: object) -> tuple[tuple[str, str, str], int]:
    found = cap if isinstance(cap, dict) else {}
    _only(found, _OF_CAP, f"cap {cap!r}")
    scope, key, period = found.get("scope"), found.get("key", ""), found.get("period")
    usd = found.get("usd")
    good = isinstance(usd, int | float) and not isinstance(usd, bool) and 0 <= usd <= _MOST_USD
    if scope not in SCOPES or period not in PERIODS or not isinstance(key, str) or not good:
        raise UsageError(
            f"cap {cap!r}: scope ({', '.join(SCOPES)}), key, period ({', '.join(PERIODS)}), "
            f"usd from 0 to {_MOST_USD:.0f}"
        )
    if scope == "team" and key:
        raise UsageError(f"cap {cap!r}: the whole team's has no key")
    if scope == "project" and (not key or "/" in key):
        raise UsageError(f"cap {cap!r}: the key is the name of the project's directory alone")
    return (str(scope), key, str(period)), round(float(str(usd)) * 1e9)


def _only(found: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    """Refuse what has no place there."""
    odd = sorted(set(found) - set(known))
    if odd:
        raise UsageError(f"{where}: {odd[0]!r} has no place there: only {', '.join(known)}")
