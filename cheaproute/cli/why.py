"""`cheaproute why`: what was decided about subagents and the main loop, why, and what it cost."""

from __future__ import annotations

import argparse

from cheaproute.cli import progress
from cheaproute.cli.context import Context
from cheaproute.config import reader
from cheaproute.errors import UsageError
from cheaproute.ledger.query import agent_runs, choices
from cheaproute.ledger.query.agent_runs import Dispatch
from cheaproute.ledger.query.choices import Chosen
from cheaproute.money import usd
from cheaproute.plan.evidence.gather import gather
from cheaproute.report.terminal import decisions, draw

_LATEST = 10
# So far back is read what sent them, where that was not done yet: within a prompt's time.
_DAYS = 30

# Where one's own prompts stand, by `routing.main`, as long as none of them has a row.
_OWN = {
    "off": (
        "your own prompts have no row: they run on the session's model, for `routing.main` is off;"
        " `cheaproute costs` has what they cost, as the main loop"
    ),
    "advise": "your own prompts run on the session's model: `routing.main` only says what would do",
    "auto": "your own prompts get a row each once `routing.main` has chosen a model for one",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "which", nargs="?", default="", metavar="N|ID",
        help=f"N, up to four digits: so many of the latest (default {_LATEST}); ID: one by the"
        " end of its id, of digits alone by five or more",
    )  # fmt: skip
    parser.add_argument("--last", action="store_true", help="only the latest, in full")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the decisions that were asked for."""
    db = context.ledger()
    if not agent_runs.latest(db, 1) and decisions.of_agents(db):
        with progress.spinner(context, "reading who sent the subagents"):
            gather(db, _DAYS, context.now_ms(), context.settings)
    if args.which == "0":
        raise UsageError("how many of the latest? From 1 on, or the end of an id")
    number = int(args.which) if decisions.is_number(args.which) else None
    many = _LATEST if number is None else number
    if args.last:
        rows = agent_runs.latest(db, 1)
    elif args.which and number is None:
        rows = decisions.named(db, args.which)
    else:
        rows = agent_runs.latest(db, many + 1)
    listed = not args.last and not (args.which and number is None)
    turns = choices.latest(db, many + 1) if listed else []
    more = listed and max(len(rows), len(turns)) > many
    rows, turns = rows[:many], turns[:many]
    if args.json:
        context.out.json([_fields(row) for row in rows] + [_of_turn(one) for one in turns])
    elif args.last or (args.which and number is None):
        for row in rows:
            for line in decisions.in_full(row, context.out.look, context.now_ms()):
                context.out.line(line)
    else:
        for row in rows:
            for line in decisions.listed(row, context.now_ms(), context.out.look.width):
                context.out.line(line)
        for one in turns:
            why = [f"{'':10}{one.reason}"] if one.reason else []
            for line in (decisions.turn(one, context.now_ms()), *why):
                for part in draw.hang(line, context.out.look.width):
                    context.out.line(part)
        if rows or turns:
            cost = "an amount is what it cost; " if turns or any(row.calls for row in rows) else ""
            if any(not row.calls for row in rows):
                cost += "-: none of its calls is on record; "
            further = f"`cheaproute why {10 * many}` lists more, " if more else ""
            context.say(f"{cost}{further}`cheaproute why ID` says all of a subagent's")
        if said := decisions.left_alone(db, context.running):
            context.say(said)
        if not rows and not turns:
            context.say(decisions.nothing(db))
        if not (said or turns):
            context.say(_OWN.get(reader.text(context.settings, "routing.main"), _OWN["off"]))
    return 0


def _of_turn(one: Chosen) -> dict[str, object]:
    """A turn of the main loop, money in USD; `model` is None where it was left on its own."""
    return {
        "turn_of_session": one.session,
        "ts_ms": one.ts_ms,
        "model": one.model or None,
        "instead": one.over,
        "tier": one.tier,
        "reason": one.reason,
        "calls": one.calls,
        "cost_usd": usd(one.cost_nano),
        "saved_usd": usd(one.saved_nano),
        "saved_by_price_usd": usd(one.price_nano),
        "saved_by_switching_usd": usd(one.switch_nano),
    }


def _fields(row: Dispatch) -> dict[str, object]:
    """The columns of the ledger, money in USD."""
    fields: dict[str, object] = {
        name: getattr(row, name) for name in row.__slots__ if not name.endswith("_nano")
    }
    fields |= {"failed": bool(row.failed), "earlier": bool(row.earlier)}
    fields["cost_usd"] = usd(row.cost_nano) if row.calls or decisions.idle(row) else None
    fields["saved_usd"] = usd(row.saved_nano) if row.calls else None
    return fields
