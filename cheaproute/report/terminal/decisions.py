"""Routing decisions in words: what was decided, why, what ran."""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.query import agent_runs
from cheaproute.report import dates, figures
from cheaproute.report.figures import money, plural
from cheaproute.report.terminal import draw, labels

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.query.agent_runs import Dispatch
    from cheaproute.ledger.query.choices import Chosen
    from cheaproute.ledger.query.totals import Sums
    from cheaproute.report.terminal.draw import Look

SHOWN = 9
_TRY = " (open: a try, one tier down)"
_CUT, _NEVER = "cut off by the cap", "refused by the cap: never sent"
_NOTHING, _UNANSWERED = "nothing: never sent", "nothing: no request of it was answered"
_IDLE = "nothing: it did not run"
_RUNNING = "running"
# Why a subagent was left on its model, by policy's word.
_STAYED = {
    "off": "routing is off",
    "fork": "a fork or teammate keeps its model",
    "explicit": "the call names its model",
    "pinned": "the agent has a model of its own",
    "kept": "by your rule",
    "unknown": "agent or model not known",
    "open": "the text does not say what it needs",
    "fits": "no dearer than what it needs",
    "rests": "the cheaper model failed lately",
    "absent": "the cheaper model is not to be had",
    "dearer": "the cheaper model is not cheaper here",
}
_WIDE = 76  # below that, columns leave no room for what is said behind them
ID = 8  # the last characters of an id are enough to name it


def screen(
    db: sqlite3.Connection, now_ms: int, look: Look, *, said: str = "", name: str = ""
) -> str:
    """`/costs why`: the latest decisions, newest first, in under 40 lines; or those `said`.

    `name` is the command's.

    Raises:
        CheaprouteError: there is no decision whose id ends so.
    """
    most = min(SHOWN, int(said)) if is_number(said) else SHOWN
    if said and not is_number(said):
        lines = [part for row in named(db, said, name) for part in in_full(row, look, now_ms)]
        return "\n".join(["cheaproute · decision", "", *lines[:-1]])
    rows = agent_runs.latest(db, most + 1)
    if rows:
        lines = ["cheaproute · decisions and cost (judge: `cheaproute flag ID good|bad`)"]
        for row in rows[:most]:
            lines += ["", *listed(row, now_ms, look.width, cut=True)]
    else:
        lines = ["cheaproute · decisions", "", *draw.fill(nothing(db), look.width)]
    lines += ["", *draw.fill(_beyond(db, more=len(rows) > most), look.width)]
    text = "\n".join(line.rstrip() for line in lines).rstrip()
    return draw.plain(text) if look.plain else text


def is_number(said: str) -> bool:
    """Whether it says how many of the latest: up to four digits. An id of digits alone has more."""
    return said.isdecimal() and len(said) < 5 and int(said) > 0


def _beyond(db: sqlite3.Connection, *, more: bool) -> str:
    """What `cheaproute why` has and the screen has not: more of them, the main loop's turns."""
    from cheaproute.ledger.query import choices

    said = [f"`cheaproute why {10 * SHOWN}` lists more."] if more else []
    if choices.latest(db, 1):
        said.append("These are subagents: `cheaproute why` has the main loop's turns, too.")
    else:
        said.append("Your own prompts are not routed.")
    return " ".join(said)


def named(db: sqlite3.Connection, said: str, name: str = "") -> list[Dispatch]:
    """The decisions whose id, or subagent's id, ends with `said`; `name` is the command's.

    Raises:
        CheaprouteError: there is none.
    """
    rows = agent_runs.matching(db, said)
    if not rows:
        raise CheaprouteError(
            f"no decision {said[:40]!r}: `{name or 'cheaproute'} why` lists the latest"
        )
    return rows


def nothing(db: sqlite3.Connection) -> str:
    """What is said where there is no decision: none was due, or calls of subagents are all."""
    from cheaproute.ledger import schema
    from cheaproute.ledger.query import surveyed

    sums = of_agents(db)
    if sums is None:
        return "no subagent has been sent out yet"
    whose = f"the subagents that made {plural(sums.calls, 'call')} ({money(sums.cost_nano)})"
    if not surveyed.is_read(db, schema.NEVER):
        return (
            f"no decision to show yet: what sent {whose} is still to be read from the transcripts; "
            "that is done in the background, ask again in a minute"
        )
    return f"no decision to show: of {whose} no transcript that was read says what sent them"


def of_agents(db: sqlite3.Connection) -> Sums | None:
    """What subagents came to; None where none made a call."""
    from cheaproute.ledger import schema
    from cheaproute.ledger.query import totals

    return dict(totals.by(db, "source", 0, schema.NEVER)).get("subagent")


def in_full(row: Dispatch, look: Look, now_ms: int = 0) -> list[str]:
    """All that is known of one decision, a blank line at its end.

    What was said to run a day before `now_ms` is not known to run still.
    """
    old = now_ms - row.ts_ms > DAY_MS
    status = "not known" if old and row.status == _RUNNING else row.status
    cost = f"{money(row.cost_nano)} in {plural(row.calls, 'call')}" if row.calls else "not known"
    saved = f"{money(row.saved_nano)}{figures.dearer(row.saved_nano)}"
    never = idle(row)
    confidence = f", confidence {row.confidence:.2f}" if row.confidence else ""
    effort = "" if never else row.effort
    lines = []
    for name, value in (
        ("Decision", row.id),
        ("When", f"{dates.stamp(row.ts_ms)} UTC, in session {row.session or '?'}"),
        ("Task", " · ".join(word for word in (row.agent_type, row.category) if word)),
        ("Needs", f"{row.tier or '?'}{confidence}"),
        ("Because", row.reason),
        ("Action", f"{row.action or 'none'}: {verdict(row)}"),
        ("Ran on", row.resolved or never or ("not known" if old else "not known yet")),
        ("Ended", " ".join(word for word in (_end(row) or status, effort) if word)),
        ("Cost", never or cost),
        ("Saved (net)", saved if row.calls else ""),
        ("Repeats", row.follows),
        ("Your flag", row.flag),
    ):
        if value:
            lines += draw.hang(f"{name:<12} {value}", look.width)
    return [*lines, ""]


def idle(row: Dispatch) -> str:
    """Why it ran on nothing and cost nothing; "" where it ran, may have, or may still."""
    if not row.started:
        return _IDLE
    if not row.never or row.status == _RUNNING:
        return ""
    return _NOTHING if row.was_cut else _UNANSWERED


def left_alone(db: sqlite3.Connection, uuid: str) -> str:
    """That the session's main loop is left on its own model by its own word; "" where it is not."""
    from cheaproute.ledger.module import said
    from cheaproute.ledger.query import totals

    if not uuid or not said.main_is_left(db, totals.session_id(db, uuid) or 0):
        return ""
    return (
        "This session runs on its own model: `cheaproute routing off` was typed in it, "
        "`cheaproute routing on` undoes that."
    )


def turn(one: Chosen, now_ms: int) -> str:
    """A turn of the main loop: when, on which model, what a chosen one saved by its two parts."""
    when = dates.ago(one.ts_ms, now_ms)
    if not one.model:
        return f"{'turn':<{ID}}  {when:<10} {'':>8}  left on {one.over}"
    what = f"{one.model} instead of {one.over}"
    head = f"{'turn':<{ID}}  {when:<10} {money(one.cost_nano):>8}"
    return f"{head}  {what}: {one.words}"


def listed(row: Dispatch, now_ms: int, room: int, *, cut: bool = False) -> list[str]:
    """One dispatch in lines of at most `room` columns, the reason last, or `cut` to one line."""
    narrow = room < _WIDE
    head, inner = headline(row, now_ms, narrow=narrow), " " * (ID + 2)
    if narrow or cut:
        first, *more = draw.fill(head, max(20, room - len(inner)))
        lines = [first, *(inner + line for line in more)]
    else:
        lines = draw.hang(head, room)
    if not row.reason:
        return lines
    reason = inner + row.reason
    return [*lines, *([labels.cut(reason, room)] if cut else draw.hang(reason, room))]


def headline(row: Dispatch, now_ms: int, *, narrow: bool = False) -> str:
    """One dispatch in one line: id, when, what, verdict, cost; out of column where `narrow`."""
    cost = money(row.cost_nano) if row.calls else "-"
    flag = f" [{row.flag}]" if row.flag else ""
    end = f", {_end(row)}" if _end(row) else ""
    what = row.agent_type or row.category or "agent"
    when = dates.ago(row.ts_ms, now_ms)
    said = f"{what}: {verdict(row)}{end}{flag}"
    if narrow:
        return "  ".join(filter(None, (row.id[-ID:], when, cost, said)))
    return f"{row.id[-ID:]:<{ID}}  {when:<10} {cost:>8}  {said}"


def _end(row: Dispatch) -> str:
    """How it ended, where the status does not tell."""
    if not row.was_cut:
        return ""
    return _NEVER if row.never else _CUT


def verdict(row: Dispatch) -> str:
    """What was done about the model."""
    if not row.started:
        return "did not start: refused, or its tool failed"
    if row.routed:
        before = f" instead of {row.instead}" if row.instead else ""
        ran = f", ran on {row.resolved}" if row.resolved and row.routed not in row.resolved else ""
        up = f" (one tier up: {row.why_up})" if row.why_up else ""
        down = _TRY if row.action == "explored" else ""
        return f"{row.routed}{up}{down}{before}{ran}"
    if not row.action:
        when = "before cheaproute came" if row.earlier else "as Claude Code chose"
        when += f": {row.undecided}" if row.undecided else ""
        ran = row.resolved or row.asked or row.instead
        if row.never or not (ran or row.agent or row.calls):
            none = ", nothing of it is on record" if row.earlier and not row.never else ""
            return f"sent out {when}{none}"
        return f"ran{f' on {ran}' if ran else ''}, {when}"
    kept = row.resolved or row.asked or row.instead or "its model"
    why = row.why_up or _STAYED.get(row.action, row.action)
    return f"left on {kept} ({why})"
