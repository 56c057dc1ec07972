"""What the page shows beyond the Report: more of the ledger, read once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cheaproute.days import DAY_MS, day_of, iso, month_of
from cheaproute.ledger.query import agent_runs, totals
from cheaproute.ledger.query.agent_runs import Dispatch
from cheaproute.ledger.query.totals import Sums
from cheaproute.report.costs import Report

MODELS, SESSIONS, PROJECTS = 6, 10, 10
OTHERS = "other models"


class Facts:
    """A Report and the matrices of the page.

    `bucket` is what a bar stands for: day, week or month; `buckets` are all of the span, also
    those without a call. `models` are the dearest, with the rest under `OTHERS`.
    """

    __slots__ = (
        "bucket",
        "buckets",
        "by_bucket",
        "by_bucket_model",
        "decisions",
        "models",
        "proposals",
        "report",
        "sessions",
    )

    def __init__(
        self, db: sqlite3.Connection, report: Report, proposals: Sequence[str] = ()
    ) -> None:
        self.report = report
        self.proposals = proposals
        first, past = report.first, report.past
        days = past - first
        self.bucket = "day" if days <= 62 else "week" if days <= 400 else "month"
        today = day_of(report.now_ms)
        self.buckets = _buckets(self.bucket, first, max(first + 1, min(past, today + 1)))
        within = {"project": report.project}
        self.by_bucket: dict[str, Sums] = dict(totals.by(db, self.bucket, first, past, **within))
        cross = totals.cross(db, (self.bucket, "model"), first, past, **within)
        used = [name for name, sums in report.by_model if sums.cost_nano]
        self.models = used if len(used) <= MODELS else [*used[: MODELS - 1], OTHERS]
        self.by_bucket_model: dict[tuple[str, str], int] = {}
        for (bucket, model), sums in cross.items():
            key = (bucket, model if model in self.models else OTHERS)
            self.by_bucket_model[key] = self.by_bucket_model.get(key, 0) + sums.cost_nano
        span_ms = (first * DAY_MS, past * DAY_MS)
        self.sessions = [] if report.project else totals.sessions(db, *span_ms, SESSIONS)
        self.decisions: list[Dispatch] = [] if report.project else agent_runs.between(db, *span_ms)


def _buckets(bucket: str, first: int, past: int) -> list[str]:
    if bucket == "day":
        return [iso(day) for day in range(first, past)]
    if bucket == "week":
        return [iso(day) for day in range(first - (first + 3) % 7, past, 7)]
    return sorted({month_of(day) for day in range(first, past)})
