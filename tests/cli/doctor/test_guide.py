"""What `doctor` advises about the mistakes of the guide."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest

from cheaproute.cap import limits
from cheaproute.cap import state as states
from cheaproute.cap.fallback import uncounted
from cheaproute.cli import cap_session
from cheaproute.cli.context import Context
from cheaproute.cli.doctor import guide
from cheaproute.cli.doctor.finding import NOTE, WARNING
from cheaproute.ledger import failures, intern
from cheaproute.money import NANO
from cheaproute.report import hint
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY


@pytest.mark.parametrize(
    ("period", "paid", "advice"),
    [
        ("month", "api", "run `{way}`, or `cheaproute cap unset --month` takes it away"),
        ("day", "api", "run `{way}`, or `cheaproute cap unset --day` takes it away"),
        ("day", "plan", "it only warns, nothing is stopped"),
    ],
)
def test_a_reached_cap_has_the_command_that_raises_it(
    ledger: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
    period: str,
    paid: str,
    advice: str,
) -> None:
    """The one that `/costs`, `cap` and the message at the cap name; none where nothing stops."""
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=7 * NANO)
    limits.put(ledger, {period: NANO}, NOW_MS)
    monkeypatch.setattr(Context, "subscription", paid == "plan")
    context = Context(os.environ)
    (finding,) = guide.cap(context)
    way = hint.past_caps(ledger, states.state(ledger, "", context.now_ms()))[1]
    assert finding.what == f"the {period}'s cap is reached: $7.00 of $1.00"
    assert finding.do == advice.format(way=way)


@pytest.mark.parametrize(
    ("url", "said"),
    [("", "a cap only warns"), ("https://llm.example.com", "so a cap stops it. A gateway answers")],
)
@pytest.mark.usefixtures("ledger")
def test_a_plan_s_cap_is_told_as_it_holds(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    """It warns, and stops where what comes may be billed by the token."""
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "t")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    (finding,) = guide.how_billed(Context(os.environ))
    assert said in finding.what


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("on", [True, False])
def test_what_is_routed_while_the_plugin_is_off_is_said(on: bool) -> None:
    """Nothing is, and that it would be is no more than that."""
    place = Path(os.environ["HOME"], ".claude", "settings.json")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"enabledPlugins": {"cheaproute@cheaproute": on}}))
    (finding,) = guide.routing(Context(os.environ))
    assert finding.what == ("subagents are routed" + ("" if on else ", where the plugin runs"))


def test_sessions_without_hooks_ask_for_what_can_be_done(
    ledger: sqlite3.Connection, tmp_path: Path
) -> None:
    """One line for all of a cause; nothing where hooks have run since and no switch is left."""
    now_ms = int(time.time() * 1000)
    switch = tmp_path / ".claude" / "settings.json"
    switch.parent.mkdir()
    switch.write_text('{"disableAllHooks": true}')
    off = f"disableAllHooks in {switch}"
    for number in range(7):
        place, why = (str(tmp_path), off) if number > 4 else ("/work/shop", "")
        ledgers.add_session(ledger, f"s{number}", place, 0, 1)
        uncounted.note(ledger, f"s{number}", place, uncounted.AFTERWARDS + why, now_ms)

    def found() -> list[tuple[str, str, bool]]:
        each = list(guide.uncounted(Context(os.environ)))
        return [(one.level, one.what.partition(" ran")[0], bool(one.do)) for one in each]

    five, two = "5 sessions", "2 sessions"
    assert found() == [(WARNING, five, True), (WARNING, two, True)]
    intern.take_up(ledger, "again", now_ms)
    assert found() == [(NOTE, five, False), (WARNING, two, True)]
    switch.write_text("{}")
    assert found() == [(NOTE, five, False), (NOTE, two, False)]


@pytest.mark.parametrize(
    ("absent", "advice"),
    [(True, "see that your account or gateway has it"), (False, "it is tried again in 10 min")],
)
def test_a_model_that_rests_has_what_is_to_be_done(
    ledger: sqlite3.Connection, advice: str, *, absent: bool
) -> None:
    """One that is not there is the user's to mend; what failed once is tried again by itself."""
    failures.rest(ledger, "haiku", NOW_MS, absent=absent)
    (found,) = [one for one in guide.routing(Context(os.environ)) if one.level == WARNING]
    assert advice in found.do


def test_a_sessions_cap_names_the_session_or_is_no_sum(
    ledger: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none runs nobody asks what it has spent; else it is that one's."""
    number = ledgers.add_session(ledger, "5e551011-0000-4000-8000-000000000000", "/p", TODAY, TODAY)
    ledgers.add_call(ledger, "m1", TODAY, session=number, cost_nano=NANO // 2)
    limits.put(ledger, {"session": NANO}, NOW_MS)
    (finding,) = guide.cap(Context(os.environ))
    assert finding.what == "the session's cap: $1.00 in each session"
    monkeypatch.setattr(cap_session, "next_to_call", lambda *_: number)
    (finding,) = guide.cap(Context(os.environ))
    assert finding.what == "the cap of session 5e551011 (/p): $0.50 of $1.00"
    ledgers.add_call(ledger, "m2", TODAY, session=number, cost_nano=NANO)
    (finding,) = guide.cap(Context(os.environ))
    assert finding.what == "the cap of session 5e551011 (/p) is reached: $1.50 of $1.00"
