"""`cheaproute mode`: the main loop's model, in Claude Code's own settings, with the word only."""

from __future__ import annotations

import argparse
import os

from cheaproute.cli import tune
from cheaproute.cli.context import Context
from cheaproute.client import settings_edit
from cheaproute.config import changes
from cheaproute.money import show
from cheaproute.plan.evidence.gather import gather
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay import main_loop

NAME = "mode"
_DAYS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "mode",
        nargs="?",
        default="show",
        choices=[*main_loop.MODES, "off", "undo", "show"],
        metavar="MODE",
        help="economy (haiku), balanced (sonnet), quality (opusplan), off (as it was before the"
        " first of these), undo (the last change), show (default)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="with show: as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Show, set or take back."""
    if args.mode == "undo":
        tune.undo(args, context, NAME)
        return 0
    if args.mode == "show":
        return _show(args, context)
    path = settings_edit.file(context.env)
    before = changes.read(path)
    name = _before_ours(context) if args.mode == "off" else main_loop.MODES[args.mode][0]
    if settings_edit.model_in(before, path) == name:
        context.out.line(f"{path} already says {_model(name)}.")
        return 0
    after = settings_edit.with_model(before, name, path)
    _costs(context, _evidence(context))
    context.out.line()
    tune.show_diff(context, path, (before or b"").decode(), after.decode())
    _warn(context)
    if not tune.confirmed(args, context, f"Write {path}?"):
        return 1
    place = changes.make(context.env, NAME, path, after, context.now_ms())
    context.say(
        f"new sessions start with {_model(name)}; `cheaproute mode undo` takes it back"
        f" (kept in {place})"
    )
    return 0


def _show(args: argparse.Namespace, context: Context) -> int:
    evidence = _evidence(context)
    model = settings_edit.model(context.env)
    mode = next((key for key, row in main_loop.MODES.items() if row[0] == model), "")
    if args.json:
        context.out.json(
            {
                "model": model or None,
                "mode": mode or None,
                "overridden_by": settings_edit.overridden(context.env, os.getcwd()) or None,
                "days": evidence.days,
                "cost_usd": main_loop.cost_now(evidence) / 1e9,
                "cost_in_mode_usd": {
                    name: main_loop.cost_of(evidence, name) / 1e9 for name in main_loop.MODES
                },
                "assumptions": list(main_loop.ASSUMPTIONS),
            }
        )
        return 0
    context.out.line(
        f"Claude Code starts with {_model(model)}" + (f" (mode {mode})" if mode else "")
    )
    _warn(context)
    context.out.line()
    _costs(context, evidence)
    return 0


def _costs(context: Context, evidence: Evidence) -> None:
    """What the last month's main loop would have cost in each mode, and what is assumed."""
    rows = [("as it was", "", show(main_loop.cost_now(evidence)))]
    for name, (model, what) in main_loop.MODES.items():
        rows.append((name, f"{model}: {what}", show(main_loop.cost_of(evidence, name))))
    title = f"The main loop of the last {evidence.days} days"
    if not evidence.turns:
        context.out.line(f"{title}: nothing in the ledger yet (`cheaproute import`).")
        return
    context.out.table(("Mode", "Model", ">Cost"), rows, title=title)
    context.out.line("Assumed")
    for text in main_loop.ASSUMPTIONS:
        context.out.line(f"  - {text}")


def _warn(context: Context) -> None:
    over = settings_edit.overridden(context.env, os.getcwd())
    if over:
        context.say(f"here {over} names a model, and wins over the user's settings")


def _before_ours(context: Context) -> str:
    """The model before the first mode that was set and not taken back."""
    made = changes.all_of(context.env, NAME)
    if not made:
        return settings_edit.model(context.env)
    return settings_edit.model_in(made[0].before, made[0].path)


def _evidence(context: Context) -> Evidence:
    return gather(context.ledger(), _DAYS, context.now_ms(), context.settings)


def _model(name: str) -> str:
    return f"`{name}`" if name else "the client's default model"
