"""Made histories, three of them by rules of their own, against a second replay written here.

The bill is added up from the rows with rates typed in by hand, and replayed by the sentences of the
published rules, in fractions: nothing of the product's arithmetic is used.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cheaproute.cli import main
from tests import transcripts as t

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
# Dollars per million tokens: fresh, output, written for 5 minutes, for an hour, read.
RATES = {
    OPUS: ("4", "20", "5", "8", "0.2"),
    SONNET: ("2", "10", "2.5", "4", "0.1"),
    HAIKU: ("0.1", "0.5", "0.125", "0.2", "0.01"),
}
LONG_HAIKU = ("0.5", "2.5", "0.625", "1", "0.05")
BEGIN = 1_794_700_000  # 2026-11-15
KEPT, SUMMARY, REREAD = 25_000, 4_000, 15_000


class Used(NamedTuple):
    """A call: when (seconds), on what, its tokens."""

    at: int
    model: str
    fresh: int
    output: int
    five: int
    hour: int
    read: int

    @property
    def prompt(self) -> int:
        """All that it was sent."""
        return self.fresh + self.five + self.hour + self.read


def price(model: str, fresh: int, output: int, five: int, hour: int, read: int) -> Fraction:
    """Dollars of a call."""
    rates = RATES[model]
    if model == HAIKU and fresh + five + hour + read > 100_000:
        rates = LONG_HAIKU
    counts = (fresh, output, five, hour, read)
    return sum((Fraction(a) * b for a, b in zip(rates, counts, strict=True)), Fraction()) / 10**6


def replayed(calls: list[Used], compact: int, cold_past: int) -> Fraction:
    """The session's bill by the published rules."""
    total, dropped, before = Fraction(), 0, 0
    share = Fraction(0)
    for one in calls:
        written = one.five + one.hour
        if written:
            share = Fraction(one.hour, written)
        if 2 * one.prompt < before:
            dropped = 0  # it shrank by itself
        cold = before > 5_000 and 2 * one.read < before
        now = one.prompt - dropped
        again = int((KEPT + REREAD) * share)
        new = (KEPT + REREAD - again, again)
        if cold_past and cold and now > cold_past:
            total += price(HAIKU, now, SUMMARY, 0, 0, 0)
        elif compact and now > compact:
            hour = int(now * share)
            total += price(one.model, 0, SUMMARY, *((now - hour, hour, 0) if cold else (0, 0, now)))
        else:
            read = max(0, one.read - dropped)
            left = dropped - (one.read - read)
            five = one.five - (left * one.five // written if written else 0)
            hour = one.hour - (left - (one.five - five) if written else 0)
            total += price(one.model, one.fresh, one.output, five, max(0, hour), read)
            before = one.prompt
            continue
        total += price(one.model, 0, one.output, *new, 0)
        dropped = one.prompt - KEPT
        before = one.prompt
    return total


def steady(rng: random.Random) -> Iterator[list[Used]]:
    """Opus all day, five-minute caches, a lunch break in every third session."""
    for number in range(25):
        at, prompt, calls = BEGIN + number * 9_000, rng.randrange(12_000, 40_000), []
        calls.append(Used(at, OPUS, 12, 300, prompt, 0, 0))
        for place in range(rng.randrange(20, 160)):
            at += 3_000 if number % 3 == 0 and place == 15 else rng.randrange(5, 200)
            new = rng.randrange(200, 5_000)
            gone = at - calls[-1].at > 300
            calls.append(Used(at, OPUS, 3, rng.randrange(20, 900), new + (prompt if gone else 0), 0,
                              0 if gone else prompt))  # fmt: skip
            prompt += new
        yield calls


def by_the_hour(rng: random.Random) -> Iterator[list[Used]]:
    """Sonnet with an hour's cache; the client compacts by itself at 400,000 tokens."""
    for number in range(12):
        at, prompt, calls = BEGIN + number * 20_000, 60_000, []
        calls.append(Used(at, SONNET, 0, 50, 0, prompt, 0))
        for _ in range(200):
            at += rng.choice((20, 40, 60, 4_000)) if rng.random() < 0.1 else 30
            new = rng.randrange(1_000, 9_000)
            if prompt > 400_000:
                prompt = 30_000
                calls.append(Used(at, SONNET, 5, 4_000, 0, prompt, 0))
                continue
            gone = at - calls[-1].at > 3_600
            calls.append(Used(at, SONNET, 5, rng.randrange(1_500), 0,
                              new + (prompt if gone else 0), 0 if gone else prompt))  # fmt: skip
            prompt += new
        yield calls


def mixed(rng: random.Random) -> Iterator[list[Used]]:
    """Many short sessions on any model, some of them long on Haiku, both kinds of cache."""
    for number in range(60):
        model = rng.choice((OPUS, SONNET, HAIKU, HAIKU))
        at, prompt, calls = BEGIN + number * 5_000, rng.randrange(3_000, 90_000), []
        hour = rng.random() < 0.5
        for place in range(rng.choice((1, 2, 5, 90))):
            at += rng.randrange(1, 5_000) if rng.random() < 0.05 else 8
            new = rng.randrange(50, 4_000) if place else prompt
            gone = place == 0 or (rng.random() < 0.02)
            put = new if not gone or place == 0 else new + prompt
            calls.append(Used(at, model, rng.randrange(9), rng.randrange(2_000),
                              0 if hour else put, put if hour else 0,
                              0 if gone else prompt))  # fmt: skip
            prompt += new if place else 0
        yield calls


Made = Callable[[random.Random], Iterator[list[Used]]]


def write(folder: Path, sessions: list[list[Used]]) -> None:
    """The sessions as the client keeps them."""
    for number, calls in enumerate(sessions):
        session = f"{number:08d}-2222-4333-8444-555555555555"
        rows = [
            t.assistant(
                f"msg_{number}_{place}",
                model=one.model,
                session=session,
                ts=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(one.at)),
                used=t.usage(
                    input_tokens=one.fresh,
                    output_tokens=one.output,
                    cache_read_input_tokens=one.read,
                    cache_creation_input_tokens=one.five + one.hour,
                    cache_creation={
                        "ephemeral_1h_input_tokens": one.hour,
                        "ephemeral_5m_input_tokens": one.five,
                    },
                ),
            )
            for place, one in enumerate(calls)
        ]
        t.write(folder / f"{session}.jsonl", *rows)


@pytest.mark.parametrize("made", [steady, by_the_hour, mixed])
def test_the_bill_and_its_replays(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With nothing changed the bill to the cent; with levers, savings within a tenth."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setattr(
        "cheaproute.cli.context.Context.now_ms", lambda _self: (BEGIN + 8 * 86_400) * 1000
    )
    sessions = list(made(random.Random(made.__name__)))
    write(tmp_path / "claude" / "projects" / "p", sessions)
    assert main.main(["import", str(tmp_path / "claude" / "projects")]) == 0

    def said(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        assert main.main([*words, "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    calls = [one for session in sessions for one in session]
    bill = float(sum((price(*one[1:]) for one in calls), Fraction()))
    nothing = said("plan", "replay")
    assert nothing["calls"] == len(calls)
    assert nothing["spent_usd"] == nothing["replayed_usd"] == pytest.approx(bill, abs=0.005)
    for compact, cold in ((100_000, 0), (200_000, 0), (0, 60_000), (100_000, 60_000)):
        found = said("plan", "replay", "--compact", str(compact), "--cold", str(cold))
        want = bill - float(sum((replayed(one, compact, cold) for one in sessions), Fraction()))
        saved = found["spent_usd"] - found["replayed_usd"]
        assert saved == pytest.approx(want, rel=0.1, abs=0.02), (compact, cold)
    plan = said("plan", "--days", "30")
    assert plan["spent_usd"] == pytest.approx(bill, abs=0.005)
    together = plan["together"]
    assert 0 <= together["low_usd"] <= together["saves_usd"] <= together["high_usd"] <= bill
    assert together["saves_usd"] <= sum(one["saves_usd"] for one in plan["steps"]) + 1e-6
    best = [one["saves_usd"] for one in plan["steps"] if not one["on_top"]]
    assert best == sorted(best, reverse=True)  # the best first
    assert all(0 <= one["low_usd"] <= one["saves_usd"] <= one["high_usd"] for one in plan["steps"])
