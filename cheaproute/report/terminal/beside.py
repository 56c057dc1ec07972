"""The caps beside the month's, on the screens that show today (hot path)."""

from __future__ import annotations

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.report.figures import share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.report.costs import Report


def unbooked(nano: int) -> str:
    """By how much a cap's sum is more than the books' (no price, broken off); "" for nothing."""
    return f"the cap counts {money.show(nano)} that the books lack" if nano else ""


def lines(report: Report) -> list[str]:
    """A line for each cap that is set beside the month's, where today is shown; reached or not."""
    if report.project or not (report.running or report.first == report.now_day):
        return []
    said = []
    for at in report.caps:
        # What a share or a team leaves is reckoned, not typed.
        limit = (money.exact if at.name in periods.NAMES else money.show)(at.limit or 0)
        name = f"{(periods.ADJECTIVES.get(at.name) or at.name).capitalize()} cap"
        if at.key == "session:0":
            said.append(f"{name:<11} {limit:>10}  in each session")
            continue
        full = ", reached" if at.reached else ""
        spent = money.marked(at.used, at.unpriced, lower=at.lower)
        said.append(f"{name:<11} {spent:>10}  of {limit}  {share(at.used, at.limit or 1)}{full}")
        said += [f"{'':12}{more}" for more in [unbooked(at.assumed)] if more]
    return said
