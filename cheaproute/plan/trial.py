"""After a week: what was foretold of a change, and what came of it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cheaproute.days import DAY_MS
from cheaproute.ledger.query import choices
from cheaproute.money import less, less_range, plural, share, show
from cheaproute.plan.applied import Applied
from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.decided import TTL
from cheaproute.plan.evidence.gather import noted
from cheaproute.plan.evidence.records import OPUS, Evidence, rank
from cheaproute.plan.replay import before, sessions
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.usage.cache import life_ms

WEEK_MS = 7 * DAY_MS
# Fewer subagents done again, or prompts that say so, say nothing; nor do some cents.
_MANY = 3
# Steps that have the module send requests of its own.
_HELPED = {"cold-return", "handover", "keep-warm"}
_DEARER = 1.01


class Outcome(NamedTuple):
    """The days since: nano-dollars spent, those "as before" would have cost, and its two parts.

    `model` is the difference that the price of the model made, `context` the rest: what smaller
    contexts saved less what compacting and switching cost. `rework` of `runs` subagents had
    to be done again; `rework_before` of `runs_before` in as many days before; `trouble` of
    `prompts` said that something did not work, `trouble_before` of `prompts_before` then. `chosen`
    is what the module's own choices of the main loop's model saved, by its books.
    """

    days: int
    spent: int
    before: int
    model: int
    context: int
    rework: int
    runs: int
    rework_before: int
    runs_before: int
    trouble: int = 0
    prompts: int = 0
    trouble_before: int = 0
    prompts_before: int = 0
    chosen: str = ""

    @property
    def harms(self) -> tuple[str, ...]:
        """In what way it did harm: more that did not work, more done again, dearer."""
        found = []
        sure, _ = interval.wilson(self.trouble, self.prompts)
        if self.trouble >= _MANY and sure * self.prompts_before > self.trouble_before:
            found.append(
                f'"that did not work" in {self.trouble} of {self.prompts} prompts,'
                f" before in {self.trouble_before} of {self.prompts_before}"
            )
        worse = self.rework * self.runs_before > 2 * self.rework_before * max(1, self.runs)
        if worse and self.rework >= _MANY:
            found.append(
                f"{self.rework} of {self.runs} subagents done again,"
                f" before {self.rework_before} of {self.runs_before}"
            )
        if self.spent > self.before * _DEARER:
            found.append(f"{show(self.spent - self.before)} dearer than as before")
        return tuple(found)


def judge(
    db: sqlite3.Connection, applied: Applied, now_ms: int, settings: Mapping[str, object]
) -> Outcome:
    """What came of `applied` in the whole days since."""
    first = applied.at_ms // DAY_MS + 1
    days = max(1, now_ms // DAY_MS + 1 - first)
    evidence = noted(db, days, now_ms, settings)
    tariffs = Tariffs(evidence.prices)
    past = noted(db, days, first * DAY_MS - 1, settings)
    model = _dearest(past) if "main-model" in applied.steps else ""
    chains = sessions.of(evidence, tariffs)
    lived_ms = _lived(past) if TTL in applied.settings else 0
    found = [
        before.without(chain, tariffs, past=_past(applied), model=model, lived_ms=lived_ms)
        for chain in chains
    ]
    spent = sum(one.spent for one in found) + _helped(applied, evidence, past)
    whole = sum(one.before for one in found)
    of_model = sum(one.model for one in found)
    return Outcome(
        days,
        spent,
        whole,
        of_model,
        whole - spent - of_model,
        _rework(evidence),
        len(evidence.dispatches),
        _rework(past),
        len(past.dispatches),
        *_trouble(evidence),
        *_trouble(past),
        _chosen(db, first * DAY_MS, now_ms) if "main-model" in applied.steps else "",
    )


def _chosen(db: sqlite3.Connection, first_ms: int, past_ms: int) -> str:
    """What was booked of the choices of the main loop's model; "" where none was made."""
    found = choices.between(db, first_ms, past_ms)
    return found.words if found.turns else ""


def _lived(past: Evidence) -> int:
    """How long the main loop's cache lived then."""
    calls = [one.call for one in past.spent if one.source == "main"]
    return life_ms(sum(one.write_5m for one in calls), sum(one.write_1h for one in calls))


def _helped(applied: Applied, evidence: Evidence, past: Evidence) -> int:
    """What pings and hand-overs cost: what helpers cost more than in as many days before."""
    if not _HELPED & set(applied.steps):
        return 0
    return max(0, evidence.before.get("helper", 0) - past.before.get("helper", 0))


def _trouble(evidence: Evidence) -> tuple[int, int]:
    """How many prompts said that something did not work, of how many."""
    return sum(turn.trouble for turn in evidence.turns), len(evidence.turns)


def _dearest(evidence: Evidence) -> str:
    """The model that most of the main loop's money went to; "" where it was Sonnet or less."""
    sums: Counter[str] = Counter()
    for turn in evidence.turns:
        for one in turn.calls:
            sums[one.call.model] += one.cost or 0
    found = sums.most_common(1)[0][0] if sums else ""
    return found if rank(found) >= OPUS else ""


def _past(applied: Applied) -> int:
    """The prompt past which what was applied makes contexts small; 0: it does not."""
    found = [
        applied.config.get(key)
        for key in ("plan.window_tokens", "plan.cold_tokens", "plan.task_tokens")
    ]
    return min((one for one in found if isinstance(one, int) and one), default=0)


def lines(applied: Applied, seen: Outcome, day: str) -> Iterator[str]:
    """The judgement, harm first, and what to do."""
    what = ", ".join(applied.steps)
    if not seen.before and not seen.spent:
        yield f"In force since {day}: {what}; nothing was spent since, nothing to judge."
        return
    if seen.harms:
        yield f"THIS DID HARM: {what}, in force since {day}: {'; '.join(seen.harms)}."
    else:
        yield f"In force since {day}: {what}."
    gave = seen.before - seen.spent
    yield (
        f"Foretold {_foretold(applied)}; came: {show(seen.spent)}"
        f" in {plural(seen.days, 'day')} where as before it would have been {show(seen.before)},"
        f" {_percent(abs(gave), seen.before)} {'less' if gave >= 0 else 'more'}."
    )
    yield (
        f"The two parts: {less(seen.model)} by the price of the model, {less(seen.context)} by"
        " smaller contexts with what compacting and switching cost."
    )
    if seen.chosen:
        yield f"By the books of each turn, the choice of the main loop's model {seen.chosen}."
    yield "`cheaproute plan undo` takes it back; doing nothing keeps it."


def _foretold(of: Applied) -> str:
    if of.spent <= 0:
        return "0 % less"
    return f"{less(of.saves, of.spent)} ({less_range(of.low, of.high, of.spent)})"


def _rework(evidence: Evidence) -> int:
    return sum(bool(sent.trouble) for sent in evidence.dispatches)


def _percent(part: int, whole: int) -> str:
    return share(part, whole) or "0 %"
