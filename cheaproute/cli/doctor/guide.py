"""The guide's three mistakes: no routing rule, no cap, reasoning sent to Haiku. And the billing."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

from cheaproute import money
from cheaproute.cap import periods, wording
from cheaproute.cap.fallback import uncounted as sessions
from cheaproute.cli import cap_session
from cheaproute.cli.context import Context
from cheaproute.cli.doctor import client
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.client import login
from cheaproute.client.plugins import switches
from cheaproute.config import paths, reader, toml_file
from cheaproute.days import DAY_MS
from cheaproute.errors import ConfigError
from cheaproute.ledger import failures
from cheaproute.ledger.query import agent_runs
from cheaproute.report import hint, statusline, zone
from cheaproute.routing.decide import MAX_UNSAFE

REASONING = ("architecture", "debug", "security", "plan")
_MIGRATE = "run `cheaproute config migrate`"
_DAYS_MS = 30 * DAY_MS


def config(context: Context) -> Iterator[Finding]:
    """config.toml is right, and in today's words."""
    path = paths.config_file(context.env)
    try:
        toml_file.read(path)
        old = toml_file.renamed(path)
    except ConfigError as error:
        yield Finding(FAULT, f"{error}; what held before holds", "", "mend it")
        return
    if old:
        names = ", ".join(f"{was} is {new}" if new else f"{was} is no more" for was, new in old)
        yield Finding(NOTE, f"names of an earlier version: {names}", path, _MIGRATE)
    name = reader.text(context.settings, "report.timezone")
    if unknown := zone.wrong(name):
        said = f"report.timezone = {name}: {unknown}"
        yield Finding(WARNING, said, path, "its own is used; mend it, or leave it out")
        return
    there = os.path.exists(path)
    yield Finding(OK, "the settings are right" if there else "the default settings hold", path)


def routing(context: Context) -> Iterator[Finding]:
    """Mistake one: everything goes to the strongest model."""
    if _section(context, "routing").get("enabled"):
        off = any(not on for _, on, _ in itertools.islice(client.plugins(context), 1))
        where = ", where the plugin runs" if off else ""
        yield Finding(OK, f"subagents are routed{where}")
        for model, left_ms in failures.resting(context.ledger(), context.now_ms()).items():
            what = f"{model} failed lately: nothing is routed to it for now"
            do = "see that your account or gateway has it, and what `models` names"
            if left_ms <= failures.REST_MS:  # no word of its not being there
                minutes = -(-left_ms // 60_000)
                do = f"nothing, unless it goes on: it is tried again in {minutes} min"
            yield Finding(WARNING, what, f"models.{model}", do)
    else:
        do = "run `cheaproute config set routing.enabled true`"
        yield Finding(
            WARNING, "no routing: every subagent runs on the session's model", "routing.enabled", do
        )


_AWAY = {
    "month": "`cheaproute cap unset --month`",
    "day": "`cheaproute cap unset --day`",
    "session": "`cheaproute cap unset --session`",
}


def cap(context: Context) -> Iterator[Finding]:
    """Mistake two: nothing stops a runaway loop."""
    db = context.ledger()
    session = cap_session.next_to_call(context, None)
    state = statusline.shown(db, session, context.now_ms(), context.coming_caps())
    limits = [period for period in state.periods.values() if period.limit is not None]
    if not limits and context.subscription:
        yield Finding(OK, "no cap is set: a plan is not billed by the token, none is needed")
    elif not limits:
        yield Finding(
            WARNING,
            "no cap is set",
            "",
            "run `cheaproute cap suggest`, then `cheaproute cap set USD`",
        )
    for period in limits:
        used, name = wording.amounts(period), f"the {period.name}'s cap"
        if period.name == "session" and not session:  # none runs
            used = f"{money.exact(period.limit or 0)} in each session"
        elif period.name == "session":
            whose = cap_session.whose(context, session)
            name = f"the cap of {whose[0].lower()}{whose[1:]}"
        if period.reached:
            do = f"run `{hint.past_caps(db, state)[1]}`, or {_AWAY[period.name]} takes it away"
            do = "it only warns, nothing is stopped" if context.at_cap == "warn" else do
            yield Finding(WARNING, f"{name} is reached: {used}", period.origin, do)
        else:
            yield Finding(OK, f"{name}: {used}", period.origin)


def uncounted(context: Context) -> Iterator[Finding]:
    """The sessions of this month that no cap could hold, a line for each cause.

    Nothing is to be done where the cause is not to be seen, or no more, and hooks have run since.
    """
    db, first_ms = context.ledger(), periods.start_ms("month", context.now_ms())
    for group in sessions.grouped(sessions.since(db, first_ms)):
        who, place = group.many(), group.place()
        who = f"{who[0].lower()}{who[1:]}"
        if not group.counted:
            what = f"{who} wrote no transcript: calls are not counted, the month is more"
            yield Finding(WARNING, what, place, "run it without --no-session-persistence")
            continue
        what = f"{who} ran without cheaproute: {money.show(group.nano)}, counted afterwards"
        if not _still(group) and sessions.is_over(db, group):
            yield Finding(NOTE, f"{what} ({group.cause}); hooks have run since", place)
        else:
            do = f"no cap holds there ({group.cause}): {switches.way_back(group.cause)}"
            yield Finding(WARNING, what, place, do)


def _still(group: sessions.Group) -> bool:
    """Whether what kept hooks out of these is still to be seen in their folder."""
    return switches.kept_out(group.sessions[0].place) == group.cause


def reasoning(context: Context) -> Iterator[Finding]:
    """Mistake three: what needs thought is sent to Haiku, by rule, by boldness, or in fact."""
    section = _section(context, "routing")
    rules = section.get("categories")
    clean = True
    for category in REASONING:
        if isinstance(rules, dict) and rules.get(category) == "haiku":
            clean = False
            where = f"routing.categories.{category}"
            yield Finding(WARNING, f"a rule sends {category} to Haiku", where, "remove the rule")
    bound = reader.number(context.settings, "routing.max_unsafe")
    if bound > MAX_UNSAFE:
        clean = False
        do = f"run `cheaproute config set routing.max_unsafe {MAX_UNSAFE}`"
        what = f"up to {bound * 100:.0f} % of the tasks that need more may go to Haiku"
        yield Finding(WARNING, what, "routing.max_unsafe", do)
    now = context.now_ms()
    rows = agent_runs.between(context.ledger(), now - _DAYS_MS, now)
    sent = [row for row in rows if row.routed == "haiku" and row.category in REASONING]
    if sent:
        clean = False
        what = f"{money.plural(len(sent), 'task')} that need thought went to Haiku in 30 days"
        yield Finding(WARNING, what, "", "run `cheaproute plan`")
    if clean:
        yield Finding(
            OK, "nothing that needs thought (debugging, plans, security) is routed to Haiku"
        )


def how_billed(context: Context) -> Iterator[Finding]:
    """Whether amounts are money or list-price equivalents."""
    kind, by = login.recognise(context.env, context.settings)
    if kind == "plan":
        doubt, at_cap = context.plan_doubt, context.at_cap
        does = "only warns" if at_cap == "warn" else f"does what at_cap says ({at_cap})"
        what = f"a plan pays: amounts are list-price equivalents, and a cap {does}"
        if doubt and context.section("cap").get("at_cap") == "auto":
            what = f"a plan, but what comes may be billed by the token, so a cap stops it. {doubt}"
        yield Finding(OK, what, by)
    elif by.startswith("no "):
        do = "run `cheaproute config set billing plan` if you have a subscription"
        yield Finding(NOTE, "taken to be billed per token", by, do)
    else:
        yield Finding(OK, "billed per token", by)


def _section(context: Context, name: str) -> dict[str, object]:
    section = context.settings[name]
    return section if isinstance(section, dict) else {}
