"""A plan as JSON: for others to read (dollars), and to be kept and read back (nano-dollars)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from cheaproute import days
from cheaproute.money import NANO
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Case, Step

_MOST_CASES = 50


def render(plan: Plan, names: Mapping[int, str]) -> dict[str, object]:
    """What `plan --json` prints; `names` are the sessions' own ids."""
    return {
        "since": days.iso(plan.first),
        "until": days.iso(plan.past - 1),
        "spent_usd": plan.spent / NANO,
        "main_loop_usd": plan.main_loop / NANO,
        "unknown_price_calls": plan.unpriced,
        "went_usd": {name: nano / NANO for name, nano in plan.went.items()},
        "steps": [
            {
                "name": one.name,
                "lever": one.lever,
                "setting": one.setting,
                "from": one.before,
                "to": one.after,
                "saves_usd": one.saves / NANO,
                "low_usd": one.low / NANO,
                "high_usd": one.high / NANO,
                "risk": one.risk,
                "doubts": list(one.doubts),
                "sessions": len(one.cases),
                "cases": [_case(case, names) for case in one.cases[:_MOST_CASES]],
                "settings_json": dict(one.settings),
                "config": dict(one.config),
            }
            for one in plan.steps
        ],
        "together": {
            "saves_usd": plan.saves / NANO,
            "low_usd": plan.low / NANO,
            "high_usd": plan.high / NANO,
        },
        "notes": list(plan.notes),
    }


def dumps(plan: Plan) -> str:
    """The plan as text that `loads` reads back."""
    return json.dumps(asdict(plan), separators=(",", ":"))


def loads(text: str) -> Plan | None:
    """The plan of `dumps`; None where the text is of another version."""
    try:
        row = json.loads(text)
        steps = tuple(
            Step(
                **{
                    **one,
                    "doubts": tuple(one["doubts"]),
                    "cases": tuple(Case(*case) for case in one["cases"]),
                }
            )
            for one in row["steps"]
        )
        return Plan(**{**row, "steps": steps, "notes": tuple(row["notes"])})
    except (ValueError, TypeError, KeyError):
        return None


def _case(case: Case, names: Mapping[int, str]) -> dict[str, object]:
    return {
        "session": names.get(case.session, ""),
        "day": days.iso(case.day),
        "class": case.what,
        "saves_usd": case.nano / NANO,
    }
