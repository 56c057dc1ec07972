"""A plan as JSON: for others to read (dollars), and to be kept and read back (nano-dollars)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cheaproute import days
from cheaproute.money import NANO, usd
from cheaproute.plan.steps import in_force
from cheaproute.plan.steps.propose import Plan, Week
from cheaproute.plan.steps.step import Case, Step, Undone, Write
from cheaproute.plan.went import Lacking

_MOST_CASES = 50


def render(plan: Plan, names: Mapping[int, str], lack: Lacking | None = None) -> dict[str, object]:
    """What `plan --json` prints; `names` are the sessions' own ids, `lack` what answers lack."""
    stood = plan.spent - plan.held_nano
    return {
        "since": days.iso(plan.first),
        "until": days.iso(plan.past - 1),
        "spent_usd": plan.spent / NANO,
        "main_loop_usd": plan.main_loop / NANO,
        "unknown_price_calls": plan.unpriced,
        "went_usd": {name: nano / NANO for name, nano in plan.went.items()},
        "answers_open_calls": lack.calls if lack else 0,
        "answers_likely_add_usd": usd(lack.likely if lack else 0),
        "open_calls_likely_add_usd": usd(lack.of_all if lack else 0),
        "steps": [_step(one, names) for one in plan.steps],
        "later": [_step(one, names) for one in plan.later],
        "better": [_step(one, names) for one in plan.better],
        "in_force": {
            "levers": list(plan.held),
            "saves_usd": plan.held_nano / NANO,
            "would_cost_usd": stood / NANO,
        },
        "together": {
            "of_usd": stood / NANO,
            "leaves_usd": (stood - plan.saves) / NANO,
            "less_than_spent_usd": (plan.held_nano + plan.saves) / NANO,
            "saves_usd": plan.saves / NANO,
            "low_usd": plan.low / NANO,
            "high_usd": plan.high / NANO,
            "writes": _writes(plan.writes()),
        },
        "less_together": [
            {
                "steps": list(one.steps),
                "saves_usd": one.saves / NANO,
                "better": list(one.better),
                "better_saves_usd": one.alone / NANO,
            }
            for one in plan.undone
        ],
        "week": plan.week
        and {
            "since": days.iso(days.day_of(plan.week.since_ms)),
            "spent_usd": plan.week.spent / NANO,
            "saves_usd": plan.week.saves / NANO,
            "low_usd": plan.week.low / NANO,
            "high_usd": plan.week.high / NANO,
        },
        "stayed": {
            word: {"subagents": many, "usd": nano / NANO}
            for word, (many, nano) in plan.stayed.items()
        },
        "notes": list(plan.notes),
    }


def _step(one: Step, names: Mapping[int, str]) -> dict[str, object]:
    return {
        **one.row(),
        "lever": one.lever,
        "doubts": list(one.doubts),
        "sessions": len(one.cases),
        "cases": [case_row(case, names) for case in one.cases[:_MOST_CASES]],
        "settings_json": dict(one.settings),
        "config": dict(one.config),
        "writes": _writes(one.writes()),
        "on_top": one.on_top,
        "alone_usd": one.alone
        and {
            name: nano / NANO
            for name, nano in zip(("saves", "low", "high"), one.alone, strict=True)
        },
        "needs": list(one.needs),
    }


def _writes(found: Sequence[Write]) -> list[dict[str, object]]:
    return [{**one._asdict(), "means": in_force.means(one.key, one.after)} for one in found]


def dumps(plan: Plan) -> str:
    """The plan as text that `loads` reads back."""
    return json.dumps(asdict(plan), separators=(",", ":"))


def loads(text: str) -> Plan | None:
    """The plan of `dumps`; None where the text is of another version."""
    try:
        row = json.loads(text)
        kept = {name: tuple(row[name]) for name in ("notes", "held", "by_itself")}
        steps = {name: _steps(row[name]) for name in ("steps", "better", "later")}
        week = Week(*row["week"]) if row["week"] else None
        stayed = {word: (many, nano) for word, (many, nano) in row["stayed"].items()}
        undone = tuple(
            Undone(tuple(names), saves, tuple(better), alone)
            for names, saves, better, alone in row["undone"]
        )
        rest = {"week": week, "stayed": stayed, "undone": undone}
        return Plan(**{**row, **kept, **steps, **rest})
    except (ValueError, TypeError, KeyError):
        return None


def _steps(rows: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(
        Step(
            **{
                **one,
                "doubts": tuple(one["doubts"]),
                "alone": one["alone"] and tuple(one["alone"]),
                "needs": tuple(one["needs"]),
                "cases": tuple(Case(*case) for case in one["cases"]),
            }
        )
        for one in rows
    )


def case_row(case: Case, names: Mapping[int, str]) -> dict[str, object]:
    """A session of a step."""
    return {
        "session": names.get(case.session, ""),
        "day": days.iso(case.day),
        "class": case.what,
        "saves_usd": case.nano / NANO,
        "cost_usd": usd(case.cost),
        "of_usd": usd(case.stood),
    }
