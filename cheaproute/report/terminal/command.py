"""`/costs` as it is typed in a session: answered without an API call (hot path)."""

from __future__ import annotations

from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.report import date_range, hint
from cheaproute.report.terminal import draw, phrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from cheaproute.report.costs import Report
    from cheaproute.report.terminal.draw import Look
    from cheaproute.report.terminal.phrase import Wanted
    from cheaproute.usage.prices import Prices


# No view and span that is near one has more words; a question has.
_VIEW = 3
# Views that are a table of calls: where there are none, it is said.
_TABLES = (*phrase.TIMES, "models", "agents", "sources", "projects", "sessions")


def answer(
    wanted: str,
    db: sqlite3.Connection,
    now_ms: int,
    *,
    settings: Mapping[str, object] | None = None,
    plan: bool = False,
    cwd: str = "",
    home: str = "",
    look: Look | None = None,
    prices: Prices | None = None,
    session: str = "",
    warns: bool = False,
) -> str:
    """The text of `wanted` (from `phrase.view`), at most as wide as `look`; a refusal stands alone.

    `cwd` is the session's directory, for `project`, and `session` its id; `plan`: amounts are list
    prices; `warns`: a cap stops nothing.
    """
    from cheaproute.report import costs, notes, projects, zone

    look = look or draw.Look()
    settings = settings or {}
    where = zone.of(settings)
    today, (began, latest) = where.day_of(now_ms), zone.lived(db, where)
    words = wanted.split()
    try:
        asked = phrase.parse(words, today, began, session=session, name=phrase.NAMES[0])
        reach = date_range.parse(asked.span, today, began, latest)
        about = projects.find(db, asked.project, cwd) if asked.project else ""
        if asked.view == "project" and not asked.project:
            about = cwd
        report = costs.build(
            db, now_ms, reach, zone=where, project=about, plan=plan, session=session
        )
        report.here, report.warns = cwd, warns
        report.more = notes.more(db, report, prices) if prices else ""
        return shown(
            *(asked, report, db, look),
            home=home, named=titled(settings), prices=prices, name=phrase.NAMES[0], session=session,
        )  # fmt: skip
    except CheaprouteError as error:
        near = phrase.meant(words, today, db, cwd) if isinstance(error, UsageError) else ""
        said = f"`{wanted[:40]}`: did you mean `{phrase.NAMES[0]} {near}`?" if near else str(error)
        if not near and (len(words) > _VIEW or wanted.endswith("?")):
            said = (
                f"{phrase.NAMES[0]} takes a view or days: a question goes to the model without it"
            )
        elif not near and words[0].lower() in phrase.OTHERS:
            said = f"`{words[0].lower()}` is a command of its own: `cheaproute {wanted.lower()}`"
        return "\n".join(draw.fill(said, look.width))


def shown(
    asked: Wanted,
    report: Report,
    db: sqlite3.Connection,
    look: Look,
    *,
    home: str = "",
    named: bool = True,
    prices: Prices | None = None,
    name: str = phrase.TERMINAL,
    session: str = "",
) -> str:
    """The view `asked` of `report`; `named`: sessions have titles; `name` is the command's.

    `session` is the one that asks: what it turned off stands below.
    """
    text = _view(asked, report, db, look, home=home, named=named, prices=prices, name=name)
    if asked.view not in ("", "why"):
        return text
    from cheaproute.report.terminal import decisions

    said = decisions.left_alone(db, session)
    return "\n".join([text, "", *draw.fill(said, look.width)]) if said else text


def _view(
    asked: Wanted,
    report: Report,
    db: sqlite3.Connection,
    look: Look,
    *,
    home: str,
    named: bool,
    prices: Prices | None,
    name: str,
) -> str:
    from cheaproute.report.terminal import decisions, screen, views

    if asked.view == "why":
        return decisions.screen(db, report.now_ms, look, said=asked.decision, name=name)
    if asked.view == "session":
        one = views.found(asked.session, db, name)
        return views.session(one, db, report, look, home=home, named=named)
    if not report.total.calls and asked.view in _TABLES:
        word = hint.choose(report)
        said = ["", *draw.fill(word, look.width)] if word else []
        return screen.written([*screen.title(report, look, home), *said], look)
    if asked.view == "models":
        return views.models(report, look, home=home)
    if asked.view in phrase.TIMES:
        return views.times(report, db, look, asked.view.removesuffix("s"), home=home)
    if asked.view == "misses":
        return views.misses(report, db, look, prices, home=home)
    if asked.view == "agents":
        return views.agents(report, db, look, home=home)
    if asked.view == "sources":
        return views.sources(report, look, home=home)
    if asked.view == "projects":
        return views.projects(report, look, home=home)
    if asked.view == "sessions":
        return views.listed(report, db, look, home=home, named=named, command=name)
    return screen.render(report, look, home=home)


def titled(settings: Mapping[str, object]) -> bool:
    """Whether sessions are shown with their titles."""
    section = settings.get("report")
    return not (isinstance(section, dict) and section.get("titles") is False)
