"""A made month with known truths in it, and noise that looks a little like them."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

from cheaproute.config import table
from cheaproute.ledger import intern
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.schema import MAIN, SUBAGENT
from cheaproute.plan.evidence.load import load
from cheaproute.plan.evidence.records import Evidence
from cheaproute.usage import prices
from cheaproute.usage.call import Call

NOW_MS = 1_795_361_400_000  # 2026-11-22 15:30 UTC
DAY_MS = 86_400_000
HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"
PRICES = prices.load()


def settings(**changed: object) -> dict[str, dict[str, Any]]:
    """The default settings, and `section__key=value` on top."""
    found = {k: dict(v) for k, v in table.defaults().items() if isinstance(v, dict)}
    for name, value in changed.items():
        section, _, key = name.partition("__")
        found[section][key] = value
    return found


class Month:
    """Puts sessions, turns and subagents into a ledger, an hour apart and the same every time."""

    def __init__(self, db: sqlite3.Connection, days: int = 28) -> None:
        self.db = db
        self.made = random.Random(5)
        self.days = days
        self.record = Recorder(db, PRICES)
        self.count = 0

    def evidence(self, **changed: object) -> Evidence:
        """What the plan sees of it."""
        return load(self.db, self.days, NOW_MS, settings(**changed), PRICES)

    def at(self, number: int) -> int:
        """A time of the month; the month is filled evenly."""
        span = (self.days - 1) * DAY_MS
        return NOW_MS - span + number * 7_777_777 % span

    def call(self, at_ms: int, model: str, session: int, agent: str = "", **counts: int) -> Call:
        """One call, priced and booked."""
        self.count += 1
        call = Call(f"msg_{self.count}", at_ms, model, agent=agent)
        used = {"input": 20, "output": 800, "write_1h": 2_000, "read": 60_000} | counts
        for name, value in used.items():
            setattr(call, name, value)
        self.book(call, session, agent)
        return call

    def book(self, call: Call, session: int, agent: str = "") -> None:
        """Book a call as it stands."""
        source = SUBAGENT if agent else MAIN
        self.record.put(call, Place(source, session=session, agent=agent))

    def session(self, number: int) -> int:
        """A session's row id."""
        return intern.session_id(self.db, f"{number:08d}-0000-4000-8000-000000000000")

    def turn(
        self, number: int, category: str, tier: str, *, model: str = OPUS, calls: int = 5
    ) -> None:
        """A prompt in a session of its own, and the calls it led to, a minute apart."""
        session, at_ms = self.session(number), self.at(number)
        self.db.execute(
            "INSERT INTO turn VALUES(?, ?, 'prompt', ?, ?, 0.9)", (session, at_ms, category, tier)
        )
        prompt = 20_000
        self.call(at_ms + 1, model, session, write_1h=prompt, read=0)
        for place in range(1, calls):
            self.call(at_ms + 60_000 * place, model, session, write_1h=2_000, read=prompt)
            prompt += 2_000

    def sent(self, number: int, ran: str, **columns: object) -> str:
        """A subagent of three calls; the dispatch's id."""
        id_ = f"toolu_{number}"
        session, at_ms = self.session(number), self.at(number)
        row: dict[str, object] = {
            "id": id_,
            "ts_ms": at_ms,
            "session": session,
            "agent_type": "general-purpose",
            "confidence": 0.9,
            "action": "routed" if ran == HAIKU else "fits",
            "routed": "haiku" if ran == HAIKU else "",
            "instead": OPUS,
            "resolved": ran,
            "agent": f"a{number}",
            "status": "ok",
            "tools": 3,
            "ended_ms": at_ms + 30_000,
        } | columns
        marks = ", ".join("?" * len(row))
        self.db.execute(
            f"INSERT INTO dispatch({', '.join(row)}) VALUES({marks})", tuple(row.values())
        )
        for place in range(3):
            begin = place == 0
            self.call(
                int(str(row["ts_ms"])) + 5_000 * place,
                ran,
                int(str(row["session"])),
                agent=str(row["agent"]),
                write_1h=15_000 if begin else 3_000,
                read=0 if begin else 15_000,
            )
        return id_

    def again(self, number: int, of: int, ran: str, **columns: object) -> str:
        """The same task sent out once more, a tier up, after the first has ended."""
        at_ms = self.at(of) + 60_000
        first = {"follows": f"toolu_{of}", "session": self.session(of), "ts_ms": at_ms}
        up = {"action": "escalated", "routed": "sonnet", "ended_ms": at_ms + 30_000}
        return self.sent(number, ran, **first, **up, **columns)


def noise(month: Month) -> None:
    """A month in which all is well: nothing here is a reason to change a rule."""
    for number in range(40):  # searches on Haiku, three of them repeated
        month.sent(1000 + number, HAIKU, agent_type="Explore", category="search", tier="haiku")
    for number in range(3):
        month.again(1100 + number, 1000 + number, SONNET, category="search", tier="haiku")
    for number in range(3):  # two failures of three: too few to know
        status = "error" if number else "ok"
        month.sent(1200 + number, HAIKU, category="status", tier="haiku", status=status)
    for number in range(20):  # on Opus, and changes things
        columns = {"agent_type": "implementer", "category": "implement", "tier": "sonnet"}
        month.sent(1300 + number, OPUS, **columns, action="pinned", edits=4)
    for number in range(20):  # on Opus, only reads, and needs to think
        columns = {"agent_type": "reviewer", "category": "security", "tier": "opus"}
        month.sent(1400 + number, OPUS, **columns, action="pinned")
    for number in range(12):  # a fan-out: alike, but none waited for the other
        session = {"session": month.session(1500), "ts_ms": month.at(1500) + number}
        follows = f"toolu_{1500 + number - 1}" if number else ""
        month.sent(
            1500 + number,
            HAIKU,
            category="read",
            tier="haiku",
            follows=follows,
            **session,
            ended_ms=month.at(1500) + 40_000,
        )
    for number in range(30):  # a main loop that is asked hard things
        month.turn(2000 + number, "architecture" if number % 3 else "debug", "opus")


def failing_category(month: Month) -> None:
    """Haiku keeps failing at summaries: nine of fourteen runs had to be done again."""
    for number in range(14):
        flag = "bad" if number < 3 else ""
        status = "refused" if 3 <= number < 5 else "ok"
        columns = {"category": "summarise", "tier": "haiku", "flag": flag, "status": status}
        month.sent(3000 + number, HAIKU, **columns)
    for number in range(5, 9):
        month.again(3100 + number, 3000 + number, SONNET, category="summarise", tier="haiku")


def wasteful_agent(month: Month) -> None:
    """An agent whose own file pins Opus, and that only ever reads logs."""
    for number in range(20):
        columns = {"agent_type": "log-reader", "category": "read", "tier": "haiku"}
        month.sent(4000 + number, OPUS, **columns, action="pinned")


def everyday_opus(month: Month) -> None:
    """A main loop on Opus that is asked for everyday things."""
    for number in range(60):
        category, tier = ("implement", "sonnet") if number % 2 else ("search", "haiku")
        month.turn(5000 + number, category, tier)


def long_session(month: Month, number: int, *, pause: int = 0, calls: int = 100) -> None:
    """Calls on Opus, 3,000 tokens more each; then a pause of so many minutes, and ten more."""
    session, at_ms = month.session(number), month.at(number)
    prompt = 20_000
    month.call(at_ms, OPUS, session, write_1h=prompt, read=0)
    for _ in range(1, calls):
        at_ms += 20_000
        month.call(at_ms, OPUS, session, write_1h=3_000, read=prompt)
        prompt += 3_000
    if pause:
        at_ms += pause * 60_000
        month.call(at_ms, OPUS, session, write_1h=prompt, read=0)
        for place in range(1, 10):
            month.call(at_ms + place * 20_000, OPUS, session, write_1h=1_000, read=prompt)
            prompt += 1_000


def broken_session(month: Month, number: int, *, every: int = 50) -> None:
    """A long session cached for an hour, with breaks of twelve minutes after so many calls.

    In long contexts a cache of five minutes loses more in the breaks than it saves; in short ones
    it pays.
    """
    session, at_ms = month.session(number), month.at(number)
    prompt = 20_000
    month.call(at_ms, OPUS, session, write_1h=prompt, read=0)
    for place in range(1, 150):
        at_ms += 720_000 if place % every == 0 else 20_000
        month.call(at_ms, OPUS, session, write_1h=6_000, read=prompt)
        prompt += 6_000
