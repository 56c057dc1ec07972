"""What of the plan is in force: `plan.toml`, beside config.toml; written by `plan apply` alone."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from cheaproute import atomic, fastjson
from cheaproute.config import paths, toml_file
from cheaproute.money import NANO
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Step


@dataclass(frozen=True, slots=True)
class Applied:
    """One `plan apply`: when, which steps, and what they would have saved of what.

    `spent` is what the days would have cost by what was set before: the bill, where nothing was.
    """

    at_ms: int
    steps: tuple[str, ...]
    spent: int
    saves: int
    low: int
    high: int
    settings: Mapping[str, object] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)


def file(env: Mapping[str, str]) -> str:
    """Where it stands."""
    return os.path.join(os.path.dirname(paths.config_file(env)), "plan.toml")


def load(env: Mapping[str, str]) -> list[Applied]:
    """What was applied and not taken back, oldest first; [] where the file is none of ours."""
    try:
        rows = _content(env).get("applied", [])
        return [
            Applied(
                at_ms=int(row["at_ms"]),
                steps=tuple(one["name"] for one in row["steps"]),
                spent=round(row.get("of_usd", row["spent_usd"]) * NANO),
                saves=round(row["saves_usd"] * NANO),
                low=round(row["low_usd"] * NANO),
                high=round(row["high_usd"] * NANO),
                settings=row.get("settings", {}),
                config=row.get("config", {}),
            )
            for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []


def steps(env: Mapping[str, str]) -> list[str]:
    """The names of all steps that were written and not taken back."""
    return [name for one in load(env) for name in one.steps]


def holds(env: Mapping[str, str], levers: Sequence[str]) -> bool:
    """Whether `plan apply` wrote one of these levers."""
    return not set(levers).isdisjoint(steps(env))


def add(
    env: Mapping[str, str],
    plan: Plan,
    steps: Sequence[Step],
    together: tuple[int, int, int],
    written: tuple[Mapping[str, object], Mapping[str, object]],
    now_ms: int,
) -> None:
    """Note that `steps` are in force from now on."""
    saves, low, high = together
    row = {
        "at_ms": now_ms,
        "day": time.strftime("%Y-%m-%d", time.gmtime(now_ms / 1000)),
        "spent_usd": plan.spent / NANO,
        "of_usd": (plan.spent - plan.held_nano) / NANO,
        "saves_usd": saves / NANO,
        "low_usd": low / NANO,
        "high_usd": high / NANO,
        "settings": written[0],
        "config": written[1],
        "steps": [
            {key: value for key, value in one.row().items() if value is not None} for one in steps
        ],
    }
    _store(env, [*_rows(env), row])


def remove(env: Mapping[str, str], at_ms: int) -> None:
    """Forget what was applied at `at_ms`; the file goes with the last."""
    _leave(env, [row for row in _rows(env) if row.get("at_ms") != at_ms])


def forget_all_but(env: Mapping[str, str], times_ms: AbstractSet[int]) -> None:
    """Forget all but what was applied at these times."""
    _leave(env, [row for row in _rows(env) if row.get("at_ms") in times_ms])


def _leave(env: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        _store(env, rows)
    elif os.path.exists(file(env)):
        os.unlink(file(env))


def _rows(env: Mapping[str, str]) -> list[dict[str, object]]:
    try:
        rows = _content(env).get("applied", [])
    except (OSError, ValueError):
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _content(env: Mapping[str, str]) -> dict[str, Any]:
    """What the file says.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is none of ours.
    """
    return toml_file.parsed(fastjson.content(file(env), toml_file.LIMIT_BYTES).decode())


def _store(env: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
    import tomli_w

    head = "# What `cheaproute plan apply` put in force; `cheaproute plan undo` takes it back.\n\n"
    text = head + tomli_w.dumps({"applied": list(rows)})
    atomic.write(file(env), text.encode(), 0o600)
