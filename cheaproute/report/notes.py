"""What a sum on the screen lacks, and what of it was before cheaproute: a line each."""

from __future__ import annotations

import os

from cheaproute import days
from cheaproute.cap import state
from cheaproute.cap.fallback import uncounted
from cheaproute.cap.shared import elsewhere, failing
from cheaproute.ledger import failures, meta, schema
from cheaproute.ledger.calls import retention
from cheaproute.ledger.query import coverage, surveyed, totals
from cheaproute.money import rough
from cheaproute.report import dates
from cheaproute.report.figures import marked, money, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.report.costs import Report
    from cheaproute.usage.prices import Prices

_MOST = 3
_LITTLE = 10  # so small a part of the sum frightens nobody
OTHERS = "Not in these sums, other machines this month: "


def reading(db: sqlite3.Connection, first_ms: int, now_ms: int) -> str:
    """How far the history is read, where sums since `first_ms` still grow by it, else ""."""
    read = coverage.progress(db, first_ms, now_ms)
    return "" if read is None else f"Reading your history: {read} %. The sums here still grow."


def dropped(db: sqlite3.Connection, first: int) -> str:
    """That single calls of a span which begins on the day `first` are kept no more, else ""."""
    since = retention.horizon(db)
    if since <= first or (totals.first_day(db) or since) >= since:
        return ""
    return (
        f"Single calls before {days.iso(since)} were dropped (`ledger.keep_days`): this begins "
        "there. The sums of days, models and projects have them."
    )


def of(db: sqlite3.Connection, report: Report) -> list[str]:
    """The lines, most often none; none of them where a report is about one project."""
    if report.project:
        return []
    first_ms, past_ms = report.reach_ms
    said = []
    since_ms = int(meta.get(db, coverage.SINCE_MS) or 0)
    if first_ms < since_ms < past_ms and not report.reading:
        before = min(coverage.spent_between(db, first_ms, since_ms), report.total.cost_nano)
        if before:
            day = dates.short(report.zone.day_of(since_ms))
            worth = marked(before, 0, lower=report.total.lower_bound)
            said.append(
                f"{worth} of this was before cheaproute came ({day}): it routed and saved "
                "nothing of that."
            )
    if first_ms <= report.now_ms < past_ms:
        said += [*filter(None, [under_way(db, report.now_ms)]), *_resting(db, report.now_ms)]
    lost = len(schema.compactions(db, first_ms, past_ms))
    if lost:
        least = "" if surveyed.is_read(db, first_ms) else "at least "
        said.append(
            f"Not in these sums: {least}{plural(lost, 'compaction')}. Claude Code tells what "
            "they used when a session ends; its older versions do not."
        )
    return said + _others(db, report) + _uncounted(db, report, first_ms, past_ms)


def under_way(db: sqlite3.Connection, now_ms: int) -> str:
    """What of a sum stands for calls of ours that are not answered yet, else ""."""
    from cheaproute.cap import sent  # seldom

    many, nano = sent.under_way(db, now_ms)
    if not many:
        return ""
    return (
        f"{money(nano)} of this is the likely cost of {plural(many, 'call')} of cheaproute's own "
        "under way: the price is known with the answer."
    )


def more(db: sqlite3.Connection, report: Report, prices: Prices) -> str:
    """What the calls may add that make the sum a lower bound, a sentence; of this machine's.

    Nothing while the history is read: it says how others ended.
    """
    told = report.total.lacks_ends and not report.reading  # what is not read yet moves it
    one = open_calls(db, report, prices) if told else None
    if one is None or not one.calls:
        return ""
    said = []
    if one.likely is not None:
        likely, nine = rough(one.likely), rough(one.nine or 0)
        long = f" (up to {nine} if they were long)" if (one.nine or 0) > one.likely else ""
        said.append(f"likely about {likely} more{long}, judged by answers on record whole")
    if one.most is not None and one.most * _LITTLE <= report.total.cost_nano:
        said.append(f"{money(one.most)} more at the very most")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def open_calls(db: sqlite3.Connection, report: Report, prices: Prices) -> coverage.Unended | None:
    """How many of the calls lack their end, and what that may add.

    None of one project, or where other machines' calls are in the sums: it is not known of them.
    """
    if report.project or report.machines:
        return None
    return coverage.open_calls(db, *report.reach_ms, prices)


def _others(db: sqlite3.Connection, report: Report) -> list[str]:
    """What the user's other machines spent, as far as it was heard of."""
    if not report.running:
        return []
    failed = [
        f"Rounds with {one.what} fail (first {dates.ago(one.since_ms, report.now_ms)}): {one.why}"
        for one in failing.all_of(db, report.now_ms)
    ]
    known = elsewhere.read(state.data_dir(db))
    if known is None or not known.spent:
        return failed
    each = [
        f"{name} {marked(nano, 0, lower=name in known.lower)}"
        f" (as of {dates.ago(known.as_of.get(name, 0), report.now_ms)})"
        for name, nano in sorted(known.spent.items(), key=lambda one: -one[1])[:_MOST]
    ]
    more = len(known.spent) - len(each)
    told = OTHERS + ", ".join(each) + (f", and {more} more" if more else "") + "."
    return [told, *failed]


def _resting(db: sqlite3.Connection, now_ms: int) -> list[str]:
    """The models that nothing is routed to for now."""
    return [
        f"{model.capitalize()} failed lately: nothing is routed to it now (`cheaproute doctor`)."
        for model in failures.resting(db, now_ms)
    ]


def _uncounted(db: sqlite3.Connection, report: Report, first_ms: int, past_ms: int) -> list[str]:
    found = [one for one in uncounted.since(db, first_ms) if one.ts_ms < past_ms]
    groups = uncounted.grouped(found)
    said = []
    for group in groups[:_MOST]:
        who = f"{group.many()} in {group.place(_folder)}"
        times = [one.ts_ms for one in group.sessions]
        between = dict.fromkeys(dates.short(report.zone.day_of(at)) for at in (times[0], times[-1]))
        when = " to ".join(between)
        if group.counted:
            known = group.cause != uncounted.UNKNOWN
            back = " `cheaproute doctor` names the way back." if known else ""
            said.append(
                f"{who} ({when}, {money(group.nano)}) ran without the plugin's hooks "
                f"({group.cause}): counted afterwards, no cap held that.{back}"
            )
        else:
            said.append(f"{who} ({when}) wrote no transcript: no sum here has that.")
    if len(groups) > _MOST:
        more = sum(len(group.sessions) for group in groups[_MOST:])
        said.append(f"And {plural(more, 'more session')} like these: `cheaproute doctor`.")
    return said


def since(db: sqlite3.Connection, first_ms: int, now_ms: int) -> totals.Sums:
    """What was spent since `first_ms`; a compaction in no sum makes it a lower bound."""
    return totals.between(db, first_ms, now_ms)


def _folder(place: str) -> str:
    return os.path.basename(place.rstrip("/\\"))
