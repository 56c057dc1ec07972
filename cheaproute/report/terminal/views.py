"""The narrower screens of /costs: every token by model, all projects, the sessions, one session."""

from __future__ import annotations

from cheaproute.errors import CheaprouteError
from cheaproute.ledger.query import agent_runs, helpers, sessions, totals
from cheaproute.report import dates, figures, notes
from cheaproute.report.figures import amount, count, money, plural, share
from cheaproute.report.terminal import draw, labels, over_time, screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.query.sessions import Session
    from cheaproute.report.costs import Report, Rows
    from cheaproute.report.terminal.draw import Look
    from cheaproute.usage.prices import Prices

MOST = 20
_MISSES = 6
_KINDS = {"New": "input", "Wr 5m": "write_5m", "Wr 1h": "write_1h", "Read": "read", "Out": "output"}
_LEGEND = (
    (("New",), "were neither in {} nor put there"),
    (("Wr 5m", "Wr 1h"), "were written to {}"),
    (("Written",), "went to {}"),
    (("Read",), "came from {}"),
    (("Out",), "were answered"),
)


def models(report: Report, look: Look, *, home: str = "") -> str:
    """Every token of every model."""
    rows = figures.answered(report.by_model)[:28]
    names = labels.models([name for name, _ in rows])
    tokens = {head: [getattr(sums, kind) for _, sums in rows] for head, kind in _KINDS.items()}

    def drawn() -> list[str]:
        counts = [map(count, column) for column in tokens.values()]
        costs = [amount(sums) for _, sums in rows]
        table = list(zip([names[name] for name, _ in rows], costs, *counts, strict=True))
        return draw.table(("By model", ">Cost", *(f">{head}" for head in tokens)), table, look)

    listed = drawn()
    shown = "\n".join(listed)
    if any(any(column) and f" {head}" not in shown for head, column in tokens.items()):
        # No room for all: one column has both kinds of writes, so that none is out of sight.
        both = zip(tokens.pop("Wr 5m"), tokens.pop("Wr 1h"), strict=True)
        tokens = {"New": tokens["New"], "Written": [sum(pair) for pair in both]} | tokens
        listed = drawn()
    lines = [*screen.title(report, look, home), "", *listed, ""]
    return screen.of_report([*lines, *draw.fill(_legend(listed), look.width)], look, report)


def _legend(listed: list[str]) -> str:
    """What the columns of tokens mean that stand in the table."""
    shown = "\n".join(listed)
    cache, said = "the prompt cache", []
    for names, meaning in _LEGEND:
        stand = [name for name in names if f" {name}" in shown]
        if stand:
            said.append(f"{' and '.join(stand)} {meaning.format(cache)}")
            cache = "it" if "{}" in meaning else cache
    return f"Tokens: {', '.join(said)}." if said else ""


def misses(
    report: Report, db: sqlite3.Connection, look: Look, prices: Prices | None, *, home: str = ""
) -> str:
    """What was written to the prompt cache again though it had been there: why, where, its cost."""
    from cheaproute.ledger.query import misses as query
    from cheaproute.usage import prices as table

    found = query.of(
        db, report.first, report.past, prices or table.load({}), project=report.project
    )
    lines = [*screen.title(report, look, home), *_dropped(report, db, look), ""]
    if not found:
        return screen.written([*lines, "No cache misses in that time."], look)
    whole = report.total.cost_nano
    nano = sum(one.cost_nano or 0 for one in found)
    lines += [
        *draw.fill(
            f"{plural(len(found), 'call')} wrote {sum(one.tokens for one in found):,} tokens again "
            f"that had been cached: {money(nano)} more than reading them "
            f"({share(nano, whole)} of {amount(report.total)}).",
            look.width,
        ),
        "",
    ]
    for head, key in (("By reason", "why"), ("By project", "project"), ("By session", "session")):
        groups = query.sums(found, key)
        rows = [
            (
                _missed(key, name, home),
                money(cost),
                share(cost, whole),
                f"{number:,}",
                count(tokens),
            )
            for name, number, tokens, cost in groups[:_MISSES]
        ]
        lines += draw.table((head, ">Cost", ">Share", ">Misses", ">Tokens"), rows, look)
        if rest := groups[_MISSES:]:
            more = sum(cost for *_, cost in rest)
            lines.append(f"and {plural(len(rest), f'more {head[3:]}')}, {money(more)}")
        lines.append("")
    return screen.of_report(lines[:-1], look, report)


def _dropped(report: Report, db: sqlite3.Connection, look: Look) -> list[str]:
    """What a view of single calls cannot show any more."""
    said = notes.dropped(db, report.first)
    return draw.fill(said, look.width) if said else []


def _missed(key: str, name: str, home: str) -> str:
    if key == "why":
        return figures.MISSES.get(name, name)
    return name[: sessions.SHORT] if key == "session" else draw.path(name, home) or "(unknown)"


def projects(report: Report, look: Look, *, home: str = "") -> str:
    """A line a project."""
    rows = screen.by_project(report, look, home, MOST)
    return screen.of_report([*screen.title(report, look, home), "", *rows], look, report)


def sources(report: Report, look: Look, *, home: str = "") -> str:
    """A line a source, with what each of them is."""
    lines = [*screen.title(report, look, home), "", *screen.by_source(report, look), ""]
    return screen.of_report(
        [*lines, *draw.fill(figures.FIGURES["By source"], look.width)], look, report
    )


def agents(report: Report, db: sqlite3.Connection, look: Look, *, home: str = "") -> str:
    """A line a kind of subagent, and the main loop's."""
    rows = sessions.by_agent(db, *report.reach_ms, project=report.project)
    table = _by_agent(rows, figures.main_loop(report.by_source), report.total.cost_nano, look)
    lines = [*screen.title(report, look, home), *_dropped(report, db, look), "", *table]
    said = ""
    if sessions.UNTOLD in dict(rows):
        said = f"{sessions.UNTOLD}: no transcript tells what kind of subagent made these calls."
    elif not report.project and all(not kind for kind, _ in rows):
        said = figures.unseen(agent_runs.between(db, *report.reach_ms))
        said = f"{said}: what these cost is in no sum." if said else ""
    return screen.of_report(
        [*lines, "", *draw.fill(said, look.width)] if said else lines, look, report
    )


def _by_agent(rows: Rows, other: str, whole: int, look: Look) -> list[str]:
    table = [(label or other, *cells[:-1]) for label, *cells in figures.breakdown(rows, whole)]
    heads = ("By agent", *(f">{column}" for column in figures.COLUMNS[:-1]))
    return draw.table(heads, table, look)


def times(report: Report, db: sqlite3.Connection, look: Look, key: str, *, home: str = "") -> str:
    """A line a `day`, `week` or `month` of the span."""
    rows = over_time.table(report, db, look, key)
    return screen.of_report([*screen.title(report, look, home), "", *rows], look, report)


def listed(
    report: Report,
    db: sqlite3.Connection,
    look: Look,
    *,
    home: str = "",
    named: bool = True,
    command: str = "cheaproute costs",
) -> str:
    """The dearest sessions of the span; `named`: with their titles."""
    found = sessions.between(db, *report.reach_ms, project=report.project)
    lines = [*screen.title(report, look, home), *_dropped(report, db, look), ""]
    if not found:
        return screen.written([*lines, "no session made a call in this span"], look)
    table = [_row(one, report, home, named=named) for one in found[:MOST]]
    heads = ["Session", ">Cost", ">Share", ">Calls", "Model", "Last day", "Project", "Title"]
    if not named:
        heads.pop()
    drawn = draw.table(heads, table, look, cuttable="Title" if named else "")
    if named and "Project" not in drawn[0]:  # then a row without a title is known by its project
        table = [
            (*row[:-1], labels.known_by(one.title, one.project))
            for row, one in zip(table, found, strict=False)
        ]
        drawn = draw.table(heads, table, look, cuttable="Title")
    lines += drawn
    rest = found[MOST:]
    if rest:
        came = amount(totals.total([("", one.sums) for one in rest]))
        lines.append(f"and {plural(len(rest), 'more session')}, {came}")
    lines += ["", *draw.fill(f"`{command} session ID` shows one of them", look.width)]
    return screen.of_report(lines, look, report)


def _row(one: Session, report: Report, home: str, *, named: bool) -> tuple[str, ...]:
    row = (
        one.short,
        amount(one.sums),
        share(one.sums.cost_nano, report.total.cost_nano),
        count(one.sums.calls),
        labels.model(one.model),
        dates.short(report.zone.day_of(one.last_ms)),
        draw.path(one.project, home) or "(unknown)",
    )
    return (*row, one.title or "-") if named else row


def session(
    one: Session, db: sqlite3.Connection, report: Report, look: Look, *, home: str = "", named: bool
) -> str:
    """All of one session: what it cost, on which models, in which subagents."""
    whole = one.sums.cost_nano
    name = one.title if named else ""
    lines = draw.fill(f"cheaproute · session {one.uuid}", look.width)
    lines += [labels.cut(name, look.width)] if name else []
    lines += labels.shortened([draw.path(one.project, home) or "(unknown)"], look.width)
    lines += screen.priced(report, look)
    lines += ["", f"{'Total':<11} {amount(one.sums):>10}  {plural(one.sums.calls, 'call')}"]
    for label, ms in (("First call", sessions.first_ms(db, one.id)), ("Last call", one.last_ms)):
        lines.append(f"{label:<11} {report.zone.stamp(ms)} ({report.zone.name})")
    if one.sums.saved_nano:
        lines.append(figures.saved(one.sums.saved_nano))
    lines += ["", *screen.by_model(sessions.breakdown(db, one.id, "model"), whole, look), ""]
    lines += _by_agent(
        sessions.breakdown(db, one.id, "agent"), figures.SOURCES["main"], whole, look
    )
    if said := helpers.rough(helpers.of_session(db, one.id)):
        lines += ["", *draw.fill(said, look.width)]
    return screen.written(lines, look, one.sums, [("", one.sums)])


def found(said: str, db: sqlite3.Connection, command: str = "cheaproute costs") -> Session:
    """The session whose id begins with `said`; `command` is what lists them.

    Raises:
        CheaprouteError: there is none, or several, which are named.
    """
    rows = totals.beginning(db, said)
    if len(rows) > 1:
        several = ", ".join(uuid for _, uuid in rows)
        raise CheaprouteError(f"`{said}` begins the ids of several: {several}")
    if rows and (one := sessions.one(db, rows[0][0])):
        return one
    raise CheaprouteError(f"no session `{said[:40]}` made a call: `{command} sessions` lists them")
