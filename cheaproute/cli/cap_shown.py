"""What the commands of the cap print: the periods, and what holds now."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

from cheaproute import money
from cheaproute.cap import expected, limits, one_turn, periods, wording
from cheaproute.cap.answers import gate, messages
from cheaproute.cap.needs.way import Way
from cheaproute.cap.periods import Period
from cheaproute.cap.state import State
from cheaproute.cli import cap_session
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.query import sessions, totals
from cheaproute.report import statusline
from cheaproute.report.terminal import draw

# Where a limit comes from that is not in config.toml.
_ORIGINS = {"command": "`cap set`", "option": "the plugin's option"}


def put(context: Context, wanted: Mapping[str, int | None]) -> None:
    """Set limits (nano-dollars by period; None: none) by command: config.toml spoke before."""
    config = context.section("cap") if context.foresees("config") else {}
    heard, place = periods.said({}, config).items() if config else (), context.config_dir
    limits.put(context.ledger(), wanted, context.now_ms(), place, heard=heard)


def tell(
    context: Context,
    names: Collection[str],
    session: int = 0,
    lacks: str = "",
    *,
    own: bool = False,
) -> int:
    """Say what holds now, and that sessions that run already are told.

    `session`: whose cap it is about; 0: the one that `cap` shows. `lacks` says that what was just
    allowed is not enough; with `own` it was allowed to that session alone.
    """
    from cheaproute.report.terminal import caps as view

    state = state_of(context, session or cap_session.shown(context))
    whose = cap_session.whose(context, state.session_id)
    told = [state.periods[name] for name in names]
    heading = view.forecasts(context.ledger(), state)
    show(context, told, heading, state.now_ms, whose)
    at_cap = context.at_cap
    if lacks:
        context.out.line(lacks)
    elif full := [name for name in names if state.periods[name].reached]:
        context.out.line(f"That is reached already; at the cap: {at_cap}. {_back(state, full)}")
    where = "that session" if own else "every session"
    context.out.line(f"It holds in {where} from its next step on.")
    if at_cap == "warn":
        context.out.line(
            "At the cap sessions are warned, not stopped: in a terminal "
            "`cheaproute config set cap.at_cap block` has them stopped."
        )
    return 0


def _back(state: State, names: Collection[str]) -> str:
    """How the caps `names` are taken away, and no other."""
    others = any(at.limit is not None and name not in names for name, at in state.periods.items())
    command = "cheaproute cap unset" + "".join(f" --{name}" for name in names if others)
    it = "it" if len(names) == 1 else "them"
    return f"In a terminal of your own `{command}` takes {it} away again."


def show(
    context: Context,
    shown: Sequence[Period],
    heading: Mapping[str, int | None],
    now_ms: int,
    whose: str,
) -> None:
    """Periods, each in its lines, and what `≥` in them means; `heading` is what each comes to."""
    from cheaproute.report.terminal import caps as view

    width = context.out.look.width
    drawn: list[list[str]] = []
    above = ""
    for at in shown:
        ends = heading.get(at.name)
        drawn.append(view.lines(at, ends, now_ms, whose=whose, width=width, above=above))
        above = view.beside_books(at) or above
    for at, lines in zip(shown, drawn, strict=True):
        _draw_period(context, lines, at)
    if said := money.bound("\n".join(line for lines in drawn for line in lines)):
        context.out.prose(said)


def _draw_period(context: Context, lines: list[str], at: Period) -> None:
    """In colour where a terminal shows it: green, yellow from 75 %, red at the cap."""
    look = context.out.look
    lines = [draw.plain(line) if look.plain else line for line in lines]
    lines = [part for line in lines for part in draw.hang(line, look.width)]
    if context.out.color and at.limit is not None:
        try:
            from rich.console import Console
            from rich.text import Text
        except ImportError:
            pass
        else:
            hue = "red" if at.reached else "yellow" if at.share >= 0.75 else "green"
            text = Text(lines[0])
            text.stylize(hue, lines[0].find(" ", 7) + 1)
            Console(file=context.out.stream, highlight=False).print(text)
            lines = lines[1:]
    for line in lines:
        context.out.line(line)


def stopped(context: Context, state: State) -> str:
    """A line that says that no session goes on, and the two ways out; "" where any does."""
    full = [state.periods[name] for name in ("month", "day") if state.periods[name].reached]
    if not full or not gate.decide(state, context.at_cap).blocks:
        return ""
    session = totals.latest_session(context.ledger())
    need = expected.next_call(context.ledger(), session, state.now_ms, context.prices)
    way = Way(session=sessions.typeable(context.ledger(), session), need=need)
    away = "cheaproute cap unset" + "".join(f" --{at.name}" for at in full)
    it = "it" if len(full) == 1 else "them"
    names = " and ".join(periods.ADJECTIVES[at.name] for at in full)
    return (
        f"Stopped: the {names} cap{' is' if len(full) == 1 else 's are'} reached, and Claude Code "
        f"sends nothing until you raise {it} (`{messages.remedy(state, way)}`) or take {it} "
        f"away (`{away}`)."
    )


def past_caps(context: Context) -> list[str]:
    """A line for each session that `cap finish` lets past its caps."""
    return [
        f"{cap_session.label(context, session)} may spend {money.show(left)} more past its caps, "
        "until its turn ends (`cap finish`)."
        for session, left in one_turn.allowed(context.ledger(), context.now_ms())
    ]


def state_of(context: Context, session: int) -> State:
    """The caps of `session` (its number, 0 for none), with bounds, as a gate will have them."""
    db = context.ledger()
    found = statusline.shown(db, session, context.now_ms(), context.coming_caps())
    wording.bound(db, found.periods.values())
    return found


def by_setting(context: Context) -> dict[str, str]:
    """The limits that hold in place of config.toml's, in words, by the setting; {} if unknown."""
    if not os.path.exists(paths.ledger_file(context.env)):
        return {}
    try:
        held = state_of(context, 0).periods
    except CheaprouteError:  # what is wrong is said by what needs it
        return {}
    return {
        f"cap.{name}_usd": f"{money.plain((at.limit or 0) - at.extra)} by {_ORIGINS[at.origin]}"
        for name, at in held.items()
        if at.limit is not None and at.origin in _ORIGINS
    }
