"""What the month will come to, if it goes on like the last week."""

from __future__ import annotations

from cheaproute import days

WEEK = 7


def month_end(
    spent_nano: int, recent: list[tuple[int, int]], first_day: int | None, now_ms: int
) -> int | None:
    """The month's spend at its end: what was spent, and the days left at the recent daily average.

    The average is of the last seven full days, or of those since `first_day`, the ledger's first;
    None before there is one. Today counts as at least an average day. `recent` are (day, nano),
    today last.
    """
    today, today_nano = recent[-1]
    full = recent[-1 - WEEK : -1]
    if first_day is not None:
        full = [row for row in full if row[0] >= first_day]
    if first_day is None or not full:
        return None
    average = sum(nano for _, nano in full) // len(full)
    _, past = days.span(days.month_of(days.day_of(now_ms)))
    return spent_nano + max(0, average - today_nano) + (past - today - 1) * average


def day_reached(cap_nano: int, spent_nano: int, forecast_nano: int, now_ms: int) -> int | None:
    """The day on which the cap is reached at that pace; None if it is not within the month."""
    if forecast_nano <= cap_nano or spent_nano >= cap_nano:
        return None
    today = days.day_of(now_ms)
    _, past = days.span(days.month_of(today))
    pace = (forecast_nano - spent_nano) / (past - today)
    return min(past - 1, today + int((cap_nano - spent_nano) / pace))
