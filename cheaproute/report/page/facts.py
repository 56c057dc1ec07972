"""What the page shows beyond the Report: more of the ledger, read once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cheaproute.days import iso, month_of
from cheaproute.ledger.query import agent_runs, sessions, totals
from cheaproute.ledger.query.agent_runs import Dispatch
from cheaproute.ledger.query.sessions import Session
from cheaproute.ledger.query.totals import Sums
from cheaproute.report.costs import Report
from cheaproute.report.figures import unseen
from cheaproute.report.terminal import labels

MODELS, SESSIONS, PROJECTS = 6, 10, 10
OTHERS = "other models"
_TITLE = 60  # columns of a title: four lines on a telephone


class Step(NamedTuple):
    """A step of the plan as the page shows it; amounts in nano-dollars of the plan's days.

    `beside` says with which others it saves that, "" where alone; `name` is for `plan apply`.
    """

    title: str
    setting: str
    saves: int
    low: int
    high: int
    risk: str
    beside: str = ""
    name: str = ""


class Plan(NamedTuple):
    """What the plan would have made of its days: the bill before and after, and by which steps.

    `lower`: what was spent is a lower bound.
    `went` is where all of `spent` went, in words; `looked` are parts of it, seen another way.
    `in_force` says what is in force already, "" for nothing; it would have taken `held_nano` off
    (where that is less than nothing, put so much on); what they save is told of what is left.
    `instead` says what the steps leave, and of which sum. `marks` are those of shares in `went` and
    `looked`, where answers lack something, `lacks` says what. `without` says what the steps save
    where one of them gains nothing on the model that the sessions run on, "" for nothing; `added`
    how what they save alone adds up, and which of them save less together.
    """

    first: int
    past: int
    spent: int
    saves: int
    low: int
    high: int
    steps: Sequence[Step]
    went: Sequence[tuple[str, int]]
    looked: Sequence[tuple[str, int]] = ()
    in_force: str = ""
    lower: bool = False
    held_nano: int = 0
    marks: Mapping[str, str] = {}
    lacks: str = ""
    without: str = ""
    instead: str = ""
    added: str = ""


class Facts:
    """A Report and the matrices of the page.

    `bucket` is what a bar stands for: day, week or month; `buckets` are all of the span, also
    those without a call. `missed` are cache misses: why, how many, tokens, nano-dollars. `models`
    are the dearest, with the rest under `OTHERS`; `named`: sessions have titles. `runs` are
    all subagents sent out (none of them
    where the report is one project's), `decisions` those that ran since cheaproute is there.
    """

    __slots__ = (
        "bucket",
        "buckets",
        "by_bucket",
        "by_bucket_model",
        "decisions",
        "home",
        "missed",
        "models",
        "named",
        "plan",
        "report",
        "runs",
        "sessions",
    )

    def __init__(
        self,
        db: sqlite3.Connection,
        report: Report,
        plan: Plan | None = None,
        *,
        home: str = "",
        missed: Sequence[tuple[str, int, int, int]] = (),
        named: bool = True,
    ) -> None:
        self.named = named
        self.report = report
        self.plan = plan
        self.home = home
        self.missed = missed
        first, past = report.first, report.past
        days = past - first
        self.bucket = "day" if days <= 62 else "week" if days <= 400 else "month"
        today = report.now_day
        self.buckets = _buckets(self.bucket, first, max(first + 1, min(past, today + 1)))
        within = {"project": report.project, "table": report.table}
        self.by_bucket: dict[str, Sums] = dict(totals.by(db, self.bucket, first, past, **within))
        cross = totals.cross(db, (self.bucket, "model"), first, past, **within)
        used = [name for name, sums in report.by_model if sums.cost_nano]
        self.models = used if len(used) <= MODELS else [*used[: MODELS - 1], OTHERS]
        self.by_bucket_model: dict[tuple[str, str], Sums] = {}
        for (bucket, model), sums in cross.items():
            key = (bucket, model if model in self.models else OTHERS)
            before = self.by_bucket_model.get(key, Sums())
            self.by_bucket_model[key] = totals.total([("", before), ("", sums)])
        found = sessions.between(db, *report.reach_ms, project=report.project)
        self.sessions: list[Session] = found
        runs = [] if report.project else agent_runs.between(db, *report.reach_ms)
        self.decisions: list[Dispatch] = [run for run in runs if run.since]
        self.runs: list[Dispatch] = runs

    def titles(self, found: Sequence[Session]) -> list[tuple[str, str]]:
        """What each of them is known by, short and whole; none where none has a title."""
        read = [one.title for one in found] if self.named else []
        if not any(read):
            return []
        known = [
            labels.known_by(title, one.project) for title, one in zip(read, found, strict=True)
        ]
        return list(zip(labels.apart(known, _TITLE), known, strict=True))

    def unrouted(self) -> str:
        """Why there is no decision to show."""
        if self.report.project:
            return "Decisions are shown for all projects together: `cheaproute why` lists them."
        if "subagent" in dict(self.report.by_source):
            return "No rule looked at the subagents: they ran before cheaproute, or without it."
        sent = unseen(self.runs)
        return f"{sent}; none was routed." if sent else "No subagent was sent out."


def _buckets(bucket: str, first: int, past: int) -> list[str]:
    if bucket == "day":
        return [iso(day) for day in range(first, past)]
    if bucket == "week":
        return [iso(day) for day in range(first - (first + 3) % 7, past, 7)]
    return sorted({month_of(day) for day in range(first, past)})
