"""The Report as the JSON of `cheaproute costs --json`: a shape others rely on; fields are added."""

from __future__ import annotations

from cheaproute import days
from cheaproute.ledger.query import helpers
from cheaproute.money import usd
from cheaproute.report import dates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.ledger.query.coverage import Unended
    from cheaproute.ledger.query.totals import Sums
    from cheaproute.report.costs import Report, Rows

# field -> attribute of Sums
TOKENS = {
    "messages": "calls",
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_write_5m_tokens": "write_5m",
    "cache_write_1h_tokens": "write_1h",
    "cache_read_tokens": "read",
}
FIELDS = (*TOKENS, "cost_usd", "saved_usd", "unknown_price_calls", "lower_bound")


def render(report: Report, unended: Unended | None) -> dict[str, object]:
    """The whole report; amounts in USD, days in UTC. `unended` is what `notes.open_calls` found."""
    return {
        "month": report.month or None,
        "timezone": report.zone.name,
        "since": days.iso(report.first),
        "until": days.iso(report.past - 1),
        "total_usd": usd(report.total.cost_nano),
        "unknown_price_calls": report.total.unpriced,
        "lower_bound": report.lower_bound,
        "open_calls": unended.calls if unended else None,
        "open_calls_likely_add_usd": usd(unended.likely if unended else None),
        "open_calls_nine_of_ten_usd": usd(unended.nine if unended else None),
        "open_calls_at_most_add_usd": usd(unended.most if unended else None),
        "given_up_requests": report.total.given_up[0],
        "given_up_requests_likely_add_usd": usd(report.total.given_up[1]),
        "cap_usd": usd(report.cap_nano),
        "forecast_usd": usd(report.forecast_nano),
        "today_usd": usd(report.today.cost_nano),
        "saved_usd": usd(report.total.saved_nano),
        "dispatches": report.dispatched,
        "routed": report.routed,
        "list_price_equivalent": report.plan,
        "project": report.project or None,
        "by_model": rows("model", report.by_model),
        "by_source": rows("source", report.by_source),
        "by_day": rows("day", report.by_day),
        "main_loop_choices": choices(report),
        "helpers": helped(report),
        "by_project": rows("project", report.by_project),
        **({"by_machine": machines(report)} if report.machines else {}),
    }


def helped(report: Report) -> list[dict[str, object]] | None:
    """What helpers were for; None where it is not known of all calls that the sums have."""
    if report.helped is None:
        return None
    return [
        {
            "purpose": word,
            "calls": calls,
            "cost_usd": usd(nano),
            "unknown_price_calls": unpriced,
        }
        for word, calls, nano, unpriced in helpers.named(report.helped)
    ]


def choices(report: Report) -> dict[str, object] | None:
    """What the choices of the main loop's model came to, by its two parts; None as `helped`."""
    chosen = report.chosen
    if chosen is None:
        return None
    return {
        "turns": chosen.turns,
        "calls": chosen.calls,
        "cost_usd": usd(chosen.cost_nano),
        "saved_by_price_usd": usd(chosen.price_nano),
        "saved_by_switching_usd": usd(chosen.switch_nano),
    }


def machines(report: Report) -> list[dict[str, object]]:
    """Each machine, and until when what it spent is known."""
    return [
        {"machine": name, **fields(sums), "as_of": f"{dates.stamp(as_of_ms).replace(' ', 'T')}Z"}
        for name, sums, as_of_ms in report.machines
    ]


def rows(key: str, found: Rows) -> list[dict[str, object]]:
    """One object a row of a breakdown; `key` names what it is by."""
    return [{key: name, **fields(sums)} for name, sums in found]


def fields(sums: Sums) -> dict[str, object]:
    """The figures of some calls, in the order of `FIELDS`."""
    return {
        **{name: getattr(sums, attribute) for name, attribute in TOKENS.items()},
        "cost_usd": usd(sums.cost_nano),
        "saved_usd": usd(sums.saved_nano),
        "unknown_price_calls": sums.unpriced,
        "lower_bound": bool(sums.unpriced or sums.lower_bound),
    }
