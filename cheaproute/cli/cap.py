"""`cheaproute cap`: the limits on spending, shown, set, raised and suggested."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from cheaproute import money
from cheaproute.cap import expected, limits, one_turn, periods
from cheaproute.cap.answers import messages, refused
from cheaproute.cap.state import State
from cheaproute.cap.typed import amounts
from cheaproute.cap.typed import words as typed_words
from cheaproute.cli import (
    authority,
    cap_doubt,
    cap_enough,
    cap_session,
    cap_shown,
    cap_suggest,
)
from cheaproute.cli.context import Context
from cheaproute.client import login
from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.report import notes

_HOW = "`cheaproute cap suggest` computes one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(do=_show)
    actions = parser.add_subparsers(metavar="ACTION", title="actions (default: show)")
    show = actions.add_parser("show", help="all caps: spent, set aside, left, forecast")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(do=_show)
    put = actions.add_parser("set", help="set caps: `set 50`, `set --month 50 --day 5`")
    put.add_argument("usd", nargs="?", metavar="USD", help="the same as --month USD")
    for name in periods.NAMES:
        put.add_argument(f"--{name}", metavar="USD", help=f"the {periods.ADJECTIVES[name]} cap")
    put.set_defaults(do=_set)
    unset = actions.add_parser("unset", help="take caps away, all of them unless named")
    for name in periods.NAMES:
        unset.add_argument(f"--{name}", action="store_true", help=f"the {name}'s")
    unset.set_defaults(do=_unset)
    more = actions.add_parser("raise", help="allow more until the period is over: `raise 10`")
    more.add_argument("usd", nargs="?", metavar="USD", help="how much more")
    for name in ("month", "day"):
        more.add_argument(
            f"--{name}",
            nargs="?",
            const="",
            metavar="USD",
            help=f"in the {name}, so much of its own",
        )
    more.add_argument(
        "--session",
        nargs="?",
        const="",
        metavar="ID",
        help="in the session: this, else the last",
    )
    more.add_argument("--for-good", action="store_true", help="not only until the period is over")
    more.add_argument("--until-reset", action="store_true", help=argparse.SUPPRESS)
    more.set_defaults(do=_raise)
    last = actions.add_parser("finish", help="past the caps, one turn of a session: `finish 2`")
    last.add_argument("usd", metavar="USD", help="how much that turn may spend")
    last.add_argument("--session", default="", metavar="ID", help="else the open one")
    last.set_defaults(do=_finish)
    suggest = actions.add_parser("suggest", help="caps against what runs away")
    suggest.add_argument("--apply", action="store_true", help="and set it")
    suggest.add_argument("--json", action="store_true", help="as JSON")
    suggest.set_defaults(do=_suggest)


def as_options(words: Sequence[str]) -> list[str]:
    """`set day 30` and `set 30 a day` as `set --day 30`; an amount alone is no action.

    Raises:
        UsageError: it is one; the message says what it could have meant.
    """
    first = next(iter(words), "")
    try:
        said = money.typed(money.parse(first))
    except UsageError:
        return typed_words.in_options(words)
    raise UsageError(
        f"`cheaproute cap set {said}` makes {money.show(money.parse(said))} the monthly cap, "
        f"`cheaproute cap raise {said}` allows so much more until it is over"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what was asked for."""
    code: int = args.do(args, context)
    return code


def _show(args: argparse.Namespace, context: Context) -> int:
    from cheaproute.report.terminal import caps as view

    state = cap_shown.state_of(context, cap_session.shown(context))
    whose = cap_session.whose(context, state.session_id)
    heading = view.forecasts(context.ledger(), state)
    paid, why = login.recognise(context.env, context.settings)
    at_cap = context.at_cap
    need = expected.next_call(context.ledger(), state.session_id, context.now_ms(), context.prices)
    if args.json:
        content: dict[str, object] = {
            at.name: view.as_json(at, heading.get(at.name)) for at in state.every
        }
        content |= {"at_cap": at_cap, "billing": paid, **view.tightest(state, need)}
        context.out.json(content)
        return 0
    shown = [at for at in state.every if at.name != "session" or at.limit is not None]
    cap_shown.show(context, shown, heading, state.now_ms, whose)
    if at_cap == "block" and (short := cap_enough.too_little(context, state, need)):
        context.out.prose(short)
    for aside in (view.set_aside, notes.under_way):
        if said := aside(context.ledger(), state.now_ms):
            context.out.prose(said)
    if growing := notes.reading(context.ledger(), state.now_ms, state.now_ms):
        context.out.line(f"\n{growing}")
    if state.binding is None:
        context.out.line("\nNo cap is set. `cheaproute cap suggest` proposes one.")
    else:
        context.out.line(f"\nAt the cap: {at_cap}. Billing: {paid} ({why}).")
        if context.subscription and (doubt := context.plan_doubt):
            context.out.prose(f"{doubt}: what comes may be billed by the token.")
        if stopped := cap_shown.stopped(context, cap_shown.state_of(context, 0)):
            context.out.line(stopped)
        for allowed in cap_shown.past_caps(context):
            context.out.prose(allowed)
    if context.plan:
        context.out.prose(cap_suggest.PLAN)
    return 0


def _set(args: argparse.Namespace, context: Context) -> int:
    wanted = amounts.limits(args.usd, args.month, args.day, args.session)
    authority.only_tighter(context, wanted)
    state = cap_shown.state_of(context, 0)
    typed = {"month": args.month or args.usd, "day": args.day, "session": args.session}
    by_shell = messages.TYPED not in context.env
    words = {name: word for name, word in typed.items() if word and by_shell}
    doubt = cap_doubt.far_below(state, wanted, words)
    if not cap_doubt.meant_to_stop(context, state, wanted, doubt):
        context.say("nothing was changed")
        return 1
    cap_shown.put(context, wanted)
    code = cap_shown.tell(context, wanted)
    if doubt:
        context.out.prose(doubt)
    return code


def _unset(args: argparse.Namespace, context: Context) -> int:
    state = cap_shown.state_of(context, cap_session.stopped(context, "")[0])  # with its raise
    named = [name for name in periods.NAMES if getattr(args, name)]
    gone = {
        name: at
        for name, at in state.periods.items()
        if at.limit is not None and (name in named or not named)
    }
    authority.only_tighter(context, dict.fromkeys(gone))
    cap_shown.put(context, dict.fromkeys(gone))
    for name, at in gone.items():
        context.out.line(
            f"The {periods.ADJECTIVES[name]} cap of {money.exact((at.limit or 0) - at.extra)}"
            f"{f', raised by {money.exact(at.extra)},' if at.extra else ''} is gone."
        )
    if not gone:
        context.out.line("There was no such cap.")
    return 0


def _raise(args: argparse.Namespace, context: Context) -> int:
    named = amounts.raises(args.usd, args.month, args.day, args.session)
    session, _ = cap_session.stopped(context, args.session or "")
    state = cap_shown.state_of(context, session)
    if args.session is not None and not session:
        raise UsageError("which session? The ledger has none yet")
    raised = named or dict.fromkeys(_meant(context, state), money.parse(args.usd))
    targets = list(raised)
    lacking = [name for name in targets if state.periods[name].limit is None]
    if lacking or not targets:
        kind = f"{periods.ADJECTIVES[lacking[0]]} cap" if lacking else "cap"
        raise CheaprouteError(f"there is no {kind} to raise: {_HOW}")
    authority.a_person(context, " and ".join(f"cap.{name}_usd" for name in targets))
    now = context.now_ms()
    for name, more in raised.items():
        at = state.periods[name]
        if not args.for_good:
            limits.add(context.ledger(), at.key, more, now)
        else:
            base = (at.limit or 0) - at.extra + more
            cap_shown.put(context, {name: base})
            if at.extra:  # a new limit ends what was allowed on top of the old one
                limits.add(context.ledger(), at.key, at.extra, now)
    calls = cap_session.next_to_call(context, args.session)
    lacks = cap_enough.after_raise(context, calls, targets)
    own = targets == ["session"] and not args.for_good
    return cap_shown.tell(context, targets, session, lacks, own=own)


def _meant(context: Context, state: State) -> list[str]:
    """The caps that a raise is of which names none: those that stop what waits for it."""
    waits = cap_session.next_to_call(context, None) if context.at_cap == "block" else 0
    need = refused.need(context.ledger(), waits, state.now_ms, context.prices)
    return amounts.meant(state, need)


def _finish(args: argparse.Namespace, context: Context) -> int:
    nano = money.parse(args.usd)
    session, others = cap_session.stopped(context, args.session)
    if not session:
        raise UsageError("which session? The ledger has none yet")
    if cap_shown.state_of(context, session).binding is None:
        raise CheaprouteError(f"no cap is set, so that nothing stops a session: {_HOW}")
    authority.a_person(context)
    one_turn.allow(context.ledger(), session, nano, context.now_ms())
    named = cap_session.label(context, session)
    context.out.prose(
        f"{named} may spend {money.show(nano)} past its caps, until its next turn ends; once."
    )
    if lacks := cap_enough.after_finish(context, session):
        context.out.prose(lacks)
    for other in others:
        context.out.prose(f"Open, too, and not meant: {cap_session.label(context, other)}.")
    return 0


def _suggest(args: argparse.Namespace, context: Context) -> int:
    if args.json and args.apply:
        raise UsageError("--json shows, --apply sets: give one of them")
    nano = cap_suggest.show(context, apply=args.apply, as_json=args.json)
    if not args.apply:
        return 0
    authority.only_tighter(context, {"month": nano})
    held = cap_shown.state_of(context, 0).periods["month"].limit
    if held is not None and held != nano and context.person_there:
        other = f"The monthly cap is {money.exact(held)}: set {money.exact(nano)} in its place?"
        if not context.confirm(other):
            context.say("nothing was changed")
            return 1
    cap_shown.put(context, {"month": nano})
    return cap_shown.tell(context, ["month"])
