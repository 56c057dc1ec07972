"""`cheaproute plan apply`: the plan's settings, written on a word, and what came of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence

from cheaproute import days
from cheaproute.cli import authority, plan_undo
from cheaproute.cli.changes import confirmed, show_diff
from cheaproute.cli.context import Context
from cheaproute.client import settings as client_settings
from cheaproute.client import settings_edit
from cheaproute.config import changes, paths, reader, toml_edit, toml_file
from cheaproute.errors import ConfigError, UsageError
from cheaproute.ledger.module import seats
from cheaproute.money import less, less_range, plural
from cheaproute.plan import applied, look, reminder, sums, trial
from cheaproute.plan.evidence import decided
from cheaproute.plan.evidence.decided import IDLE, WINDOW
from cheaproute.plan.steps import choice, propose
from cheaproute.plan.steps.in_force import HEADROOM
from cheaproute.plan.steps.output_limits import READ_TOKENS
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Step, Undone

# What only the module can do.
_MODULE = (
    "plan.cold_return",
    "plan.task_tokens",
    "plan.handover",
    "plan.keep_warm",
    "routing.main",
)
# Variables of Claude Code's that win over its settings.json.
_OVER = {**decided.OVER, READ_TOKENS: (READ_TOKENS.partition(".")[2],)}


def run(
    args: argparse.Namespace, context: Context, plan: Plan, steps: Sequence[Step], of: look.Span
) -> int:
    """Show what `steps` write, ask, write it, and note it in plan.toml.

    Raises:
        UsageError: some of them pay only with others, or cost more than they save.
        CheaprouteError: they set what only a person may.
    """
    together, undone = _foretold(context, plan, steps, of)
    settings, config = propose.changes(steps)
    files = _files(context, settings, config)
    if not files:
        context.out.line("Nothing to write: the settings already say so.")
        return 0
    for file in files:
        authority.a_file(context, *file)
    worth = " at list price" if context.subscription else ""
    alone = [one.name for one in steps if not one.needs]
    if not args.step and len(steps) > 1 and alone:
        every = f"All {len(steps)} steps of the plan; `cheaproute plan apply {alone[0]}`"
        context.out.prose(f"{every} is one of them alone.")
    for one in steps:
        figures, how = together, ""
        if len(steps) > 1:
            figures, how = _each(one)
        context.out.prose(f"{one.name}: {one.title} ({how}{_worth(*figures)}{worth})")
    if len(steps) > 1:
        said = f"Together: {_worth(*together)}{worth}."
        context.out.prose(f"{said} {sums.added(steps, together[0])}".rstrip())
    if undone:
        context.out.prose(sums.undone(undone))
    of_days = look.sums(context.ledger(), plan, subscription=context.subscription)
    context.out.prose(f"That is {sums.instead(of_days, together[0])}.")
    for path, before, after in files:
        show_diff(context, path, (before or b"").decode(), after.decode())
    for line in _notes(context, settings, config):
        context.out.prose(line)
    names = " and ".join(path for path, _, _ in files)
    if not confirmed(args, context, f"Write {names}?"):
        return 1
    now_ms = context.now_ms()
    # First what is going to be in force: whoever is killed from here on can take it back.
    applied.add(context.env, plan, steps, together, (settings, config), now_ms)
    try:
        for path, _, after in files:
            changes.make(context.env, plan_undo.NAME, path, after, now_ms)
    except ConfigError:
        plan_undo.put_back(context, now_ms)
        raise
    reminder.forget(context.ledger())
    context.say(
        "written; new sessions go by it. `cheaproute plan` judges it after a week,"
        " `cheaproute plan undo` takes it back"
    )
    return 0


def _each(one: Step) -> tuple[choice.Figures, str]:
    """What one of several steps gives, and beside which of them."""
    if one.alone is None or one.needs:
        beside = f"with {choice.named(one.needs)}: " if one.needs else ""
        return (one.saves, one.low, one.high), beside
    return one.alone, "alone: "


def _worth(saves: int, low: int, high: int) -> str:
    """`$3.10 less, $2.00 to $4.00`."""
    return f"{less(saves)}, {less_range(low, high)}"


def _foretold(
    context: Context, plan: Plan, steps: Sequence[Step], of: look.Span
) -> tuple[choice.Figures, Undone | None]:
    """What `steps` give, no others with them; steps for quality as they stand. What gives more.

    Raises:
        UsageError: some of them pay only with others, or together they do not pay.
    """
    names = {one.name for one in steps}
    for one in steps:
        if one.alone is not None and not names.issuperset(one.needs):
            with_ = [other.name for other in plan.steps if other.name in (names | set(one.needs))]
            raise UsageError(
                f"{one.name} pays only together with {choice.named(one.needs)}, alone"
                f" {choice.loss(one.alone)}: `cheaproute plan apply {' '.join(with_)}`"
            )
    paying = [one for one in plan.steps if one in steps]
    undone = None
    if len(paying) == len(plan.steps):
        found = plan.saves, plan.low, plan.high
        undone = next((one for one in plan.undone if len(one.steps) == len(paying)), None)
    elif len(paying) == 1:
        found = paying[0].alone or (paying[0].saves, paying[0].low, paying[0].high)
    elif paying:
        picked = [one.name for one in paying]
        found, undone = look.together(context.ledger(), context.env, context.settings, of, picked)
        if not choice.pays(found):
            raise UsageError(
                f"{choice.named(picked)}: of these days {choice.loss(found)} on their own"
            )
    else:
        found = 0, 0, 0
    rest = [one for one in steps if one not in paying]
    saves, low, high = found
    foretold = (
        saves + sum(one.saves for one in rest),
        low + sum(one.low for one in rest),
        high + sum(one.high for one in rest),
    )
    return foretold, undone


def judged(context: Context) -> Iterator[str]:
    """What was foretold and what came of each `plan apply` that is a week old; harm first."""
    harmful: list[str] = []
    others: list[str] = []
    for one in applied.load(context.env):
        since = context.now_ms() - one.at_ms
        day = days.iso(days.day_of(one.at_ms))
        if since < trial.WEEK_MS:
            left = -(-(trial.WEEK_MS - since) // days.DAY_MS)
            when = f"{left} day{'' if left == 1 else 's'}"
            many = plural(len(one.steps), "step")  # which, is said where all that holds is named
            others += [f"The `plan apply` of {day} ({many}) is judged in {when}.", ""]
            continue
        outcome = trial.judge(context.ledger(), one, context.now_ms(), context.settings)
        (harmful if outcome.harms else others).extend([*trial.lines(one, outcome, day), ""])
    yield from [*harmful, *others]


def _files(
    context: Context, settings: Mapping[str, object], config: Mapping[str, object]
) -> list[tuple[str, bytes | None, bytes]]:
    """`(path, before, after)` of each file that would change.

    Raises:
        ConfigError: one cannot be read, or is not what it should be.
    """
    found = []
    if settings:
        path = settings_edit.file(context.env)
        before = changes.read(path)
        after = settings_edit.with_values(before, settings, path)
        found.append((path, before, after))
    if config:
        path = paths.config_file(context.env)
        known = toml_file.written(path)
        new = {
            key: {**known_rules, **value}
            if isinstance(value, dict) and isinstance(known_rules := known.get(key), dict)
            else value
            for key, value in config.items()
        }
        _, edited = toml_edit.edited(path, new)
        found.append((path, changes.read(path), toml_file.text(path).encode(edited)))
    return [one for one in found if one[1] != one[2]]


def _notes(
    context: Context, settings: Mapping[str, object], config: Mapping[str, object]
) -> Iterator[str]:
    window = settings.get(WINDOW)
    if isinstance(window, int):
        yield (
            f"Without cheaproute, Claude Code compacts at {window - HEADROOM:,} tokens by itself:"
            f" it keeps {HEADROOM:,} of {WINDOW} {window} free."
        )
        planned = config.get("plan.window_tokens") or reader.whole(
            context.settings, "plan.window_tokens"
        )
        if isinstance(planned, int) and planned:
            yield f"With the module it compacts past {planned:,} tokens, the window of the plan."
    if any(key in config for key in _MODULE):
        rest = f"only {WINDOW} acts" if isinstance(window, int) else "it does nothing"
        yield f"This needs the module (Claude Code 2.1.286 or later); elsewhere {rest}."
        if not seats.seen(context.ledger()):
            yield "The module has not been seen at work here yet: see `cheaproute doctor`."
    if settings.get(IDLE) is False:
        yield "Claude Code's own idle compaction is off with it: both would pay for one pause."
    for key in settings:
        for name in _OVER.get(key, ()):
            if context.env.get(name):
                yield f"{name} is set here and wins over {key}."
        for layer in client_settings.layers(context.env, os.getcwd()):
            if layer.name != "user" and key in settings_edit.flat(layer.content or {}):
                where = "everywhere" if layer.name == "managed" else "in this project"
                yield f"{layer.path} sets {key}, too, and wins {where}."
