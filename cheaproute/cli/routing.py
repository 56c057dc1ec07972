"""`cheaproute routing`: leave one session's main loop on its own model, and choose for it again."""

from __future__ import annotations

import argparse

from cheaproute.cli import cap_session
from cheaproute.cli.context import Context
from cheaproute.config import reader
from cheaproute.errors import UsageError
from cheaproute.ledger import intern
from cheaproute.ledger.module import said

_HOLDS = (
    "runs on its own model (resumed it keeps that; `/clear`, a fork and other sessions begin anew)"
)
_WHICH = (
    "which session? Type this as a prompt in it, or name it with --session ID: "
    "`cheaproute costs sessions` lists them"
)
_SETTING = {
    "off": "`routing.main` is off, so that each prompt runs on the session's own model",
    "advise": '`routing.main` = "advise": what would do is said, nothing is changed',
    "auto": '`routing.main` = "auto": the model is chosen turn by turn',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "state",
        nargs="?",
        default="show",
        choices=("off", "on", "show"),
        metavar="off|on|show",
        help="off: this session's prompts stay on its own model; on: as the settings say",
    )
    parser.add_argument(
        "--session", default="", metavar="ID", help="another session than the one this is typed in"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Turn the choice of the main loop's model off or on for one session, or say what holds.

    Raises:
        UsageError: it is not said, and not known, which session is meant.
    """
    set_to = reader.text(context.settings, "routing.main")
    session = _session(args, context)
    if not session and args.state != "show":
        raise UsageError(_WHICH)
    name = cap_session.label(context, session) if args.session else "This session"
    within = name[0].lower() + name[1:]
    db = context.ledger()
    if args.state != "show":
        said.leave_main(db, session, left=args.state == "off")
    if not session or not said.main_is_left(db, session):
        again = f"In {within}: " if args.session else ""
        context.out.line(f"{again}{_SETTING[set_to]}.")
        return 0
    first = f"From the next prompt on {within}" if args.state == "off" else name
    besides = (
        ". Its subagents still go to the model that their task needs (`cheaproute config set"
        " routing.enabled false` leaves them alone, too, everywhere)"
        if context.section("routing").get("enabled")
        else ". Its subagents are not routed either: `routing.enabled` is off"
    )
    undone = "`cheaproute routing on" + (f" --session {args.session}`" if args.session else "`")
    context.out.line(f"{first} {_HOLDS}{besides}. {undone} undoes it.")
    return 0


def _session(args: argparse.Namespace, context: Context) -> int:
    """The session that is named, else the one this runs in; 0 where neither is known."""
    if args.session:
        return cap_session.meant(context, args.session)
    return intern.session_id(context.ledger(), context.running)
