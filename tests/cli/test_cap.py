from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
from pathlib import Path

import pytest

from cheaproute import days, money
from cheaproute.cap import expected, one_turn, process_identity, reservations, state
from cheaproute.cap import limits as caps
from cheaproute.cap.answers import gate, refused
from cheaproute.cap.shared import elsewhere
from cheaproute.cap.typed import amounts
from cheaproute.cap.typed import words as typed_words
from cheaproute.cli import cap as command
from cheaproute.cli.context import Context
from cheaproute.cli.main import main
from cheaproute.ledger import intern, meta
from cheaproute.ledger.module import loops
from cheaproute.ledger.query import coverage
from cheaproute.money import NANO
from cheaproute.report import costs
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with a key, whose clock shows UTC."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    monkeypatch.setenv("TZ", "UTC")


def cap(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What `cheaproute cap WORDS` says, on the stream it should say it on."""
    assert main(["cap", *words]) == code
    out, err = capsys.readouterr()
    assert (err if code == 0 else out) == ""
    return out if code == 0 else err


def limits(db: sqlite3.Connection, session: int = 0) -> dict[str, int | None]:
    """The limits in dollars."""
    periods = state.state(db, session, NOW_MS).periods
    return {name: at.limit and at.limit // NANO for name, at in periods.items()}


def test_without_a_cap_it_says_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    """No cap is no error."""
    assert cap(capsys) == (
        "Month    $0.00 spent, no cap\n"
        "Day      $0.00 spent, no cap\n"
        "\n"
        "No cap is set. `cheaproute cap suggest` proposes one.\n"
    )


def test_where_nothing_runs_it_says_so(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past a cap that stops, one line names the consequence and both ways out; not where it warns.

    `install.sh` ends with that line.
    """
    caps.put(ledger, {"month": 50 * NANO, "session": NANO}, NOW_MS)
    assert "Stopped" not in cap(capsys, "show")
    ledgers.add_call(ledger, "a", TODAY, cost_nano=51 * NANO)
    line = (
        "Stopped: the monthly cap is reached, and Claude Code sends nothing until you raise it "
        "(`cheaproute cap raise 5`) or take it away (`cheaproute cap unset --month`)."
    )
    assert cap(capsys, "show").splitlines()[-1] == line
    monkeypatch.setattr(Context, "at_cap", "warn")
    assert "Stopped" not in cap(capsys, "show")


def test_show(ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """Bars with what is spent, set aside and left, where it is heading, and who set it."""
    caps.put(ledger, {"month": 50 * NANO}, NOW_MS)
    caps.add(ledger, "month:2026-11", 10 * NANO, NOW_MS)
    for day in range(7):
        ledgers.add_call(ledger, f"a{day}", TODAY - 7 + day, cost_nano=3 * NANO)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=9 * NANO)
    reservations.reserve(ledger, 6 * NANO, "digest", NOW_MS)
    # 8 days to go at 3 a day; today has had its 9.
    assert cap(capsys, "show") == (
        "Month    ████████████████████▒▒▒▒░░░░░░░░░░░░░░░░ 50 %\n"
        "         $30.00 of $60.00, $6.00 set aside, $24.00 left, at this pace $54.00 by 30 Nov\n"
        "         resets Tue 1 Dec 00:00; raised by $10.00 until it resets; set by command\n"
        "Day      $9.00 spent, no cap\n"
        "Set aside: $6.00 for calls under way.\n"
        "\n"
        "At the cap: block. Billing: api (ANTHROPIC_API_KEY).\n"
    )


def test_setting_a_cap_says_when_the_pace_passes_it(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `cap` does, and by that pace; a cap that lasts is told with its forecast alone."""
    for day in range(7):
        ledgers.add_call(ledger, f"a{day}", TODAY - 7 + day, cost_nano=3 * NANO)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=9 * NANO)
    said = cap(capsys, "set", "40")
    assert "$10.00 left, at this pace $54.00 by 30 Nov (past the cap on 25 Nov)\n" in said
    assert said.splitlines()[:3] == cap(capsys, "show").splitlines()[:3]
    assert "at this pace $54.00 by 30 Nov\n" in cap(capsys, "raise", "20")


def test_what_is_left_is_what_a_gate_says(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Calls without a price, what is set aside and what sessions may send count on each screen."""
    caps.put(ledger, {"month": 50 * NANO}, 0)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=None)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=20 * NANO)
    reservations.hold(ledger, 5 * NANO, reservations.LEAVE, NOW_MS)
    month = state.state(ledger, 0, NOW_MS).periods["month"]
    assert month.left == 25 * NANO - month.assumed
    assert month.assumed > 0
    said = json.loads(cap(capsys, "--json"))
    assert said["left_usd"] == said["month"]["left_usd"] == month.left / NANO
    drawn = cap(capsys, "show")
    assert f"{money.show(month.left)} left" in drawn
    assert "$0.02 more counted for 1 call without a price, $5.00 set aside" in drawn
    assert "Set aside: $5.00 for what open sessions may send within the next minute" in drawn
    report = costs.build(ledger, NOW_MS)
    assert report.cap_spent_nano == month.used


def test_what_is_less_than_the_next_call_is_said(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """No cap is reached, and the gate would refuse all the same: a script and a reader know."""
    caps.put(ledger, {"month": 50 * NANO}, 0)
    session = intern.session_id(ledger, "5e55" * 8)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=49 * NANO, session=session)
    ledger.execute("INSERT INTO pace VALUES(?, ?)", (session, 2 * NANO))
    said = json.loads(cap(capsys, "--json"))
    assert (said["left_usd"], said["reached"], said["enough"]) == (1, False, False)
    assert said["next_call_usd"] == 2
    drawn = cap(capsys, "show")
    assert "$1.00 is left, and the session's next call may cost $2.00" in drawn


def test_a_refusal_that_hangs_on_a_cold_cache_is_said_so(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is left is enough while the cache is warm, and is not for the whole context anew."""
    caps.put(ledger, {"month": 50 * NANO}, 0)
    session = intern.session_id(ledger, "5e55" * 8)
    big = (10, 100, 1_000, 0, 400_000)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=49 * NANO, session=session, tokens=big)
    ledger.execute("UPDATE call SET ts_ms = ?", (NOW_MS - 60_000,))
    drawn = " ".join(cap(capsys, "show").split())
    assert "$1.00 is left: enough for the session's next call while its cache is warm (" in drawn
    assert "once that has gone cold it may cost $2." in drawn
    ledger.execute("UPDATE call SET ts_ms = ?", (NOW_MS - 600_000,))
    drawn = " ".join(cap(capsys, "show").split())
    assert "$1.00 is left, and the session's next call may cost $2." in drawn
    ledger.execute("UPDATE call SET ts_ms = ?", (NOW_MS - 60_000,))
    caps.put(ledger, {"month": 49_010_000_000}, 0)
    drawn = " ".join(cap(capsys, "show").split())
    assert re.search(
        r"next call may cost \$0\.\d+ \(\$2\.\d+ once its cache has gone cold\)", drawn
    )


def test_show_as_json(ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """Dollars and ISO times; null where there is nothing."""
    caps.put(ledger, {"day": 2 * NANO}, NOW_MS)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=None)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=2_500_000_000)
    said = json.loads(cap(capsys, "--json"))
    assert said == json.loads(cap(capsys, "show", "--json"))
    assert said["day"] == {
        "limit_usd": 2.0,
        "spent_usd": 2.5,
        "before_usd": 0.0,
        "assumed_usd": 0.02004,
        "reserved_usd": 0.0,
        "left_usd": 0.0,
        "raised_usd": 0.0,
        "forecast_usd": None,
        "reached": True,
        "unknown_price_calls": 1,
        "lower_bound": True,
        "set_by": "command",
        "resets_at": "2026-11-23T00:00:00Z",
    }
    assert (said["left_usd"], said["reached"]) == (0.0, True)
    assert said["month"]["limit_usd"] is None
    assert (said["at_cap"], said["billing"]) == ("block", "api")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["set", "50"], (50, None, None)),
        (["set", "$1,000"], (1000, None, None)),
        (["set", "--month", "50", "--day", "5", "--session", "2"], (50, 5, 2)),
        (["set", "50", "--day", "5"], (50, 5, None)),
        (["set", "day", "30"], (None, 30, None)),
        (["set", "30", "a", "day"], (None, 30, None)),
        (["set", "20", "dollars", "a", "day"], (None, 20, None)),
        (["set", "30/day"], (None, 30, None)),
        (["set", "a", "daily", "cap", "of", "$30"], (None, 30, None)),
        (["set", "50", "month", "5", "per", "day"], (50, 5, None)),
        (["set", "20", "this", "month"], (20, None, None)),
    ],
)
def test_set(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    expected: tuple[int | None, ...],
) -> None:
    """Any combination at once; a bare amount is the month's."""
    said = cap(capsys, *words)
    assert tuple(limits(ledger).values()) == expected
    assert said.endswith("It holds in every session from its next step on.\n")


CONFUSED = (
    "`cheaproute cap` does not know what to do with `day 5`: did you mean --day? "
    "(see `cheaproute cap --help`)"
)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set"], "how much? `cheaproute cap set 50` or `--month 50 --day 5 --session 2`"),
        (["set", "5", "--month", "6"], "USD and --month are the same: give one of them"),
        (["set", "-5"], "'-5' is not above zero (no cap at all: `cheaproute cap unset`)"),
        (["set", "1.000"], "'1.000' is unclear: write 1000 or 1.00"),
        (["set", "1,5"], "'1,5' is unclear: write 1.5 with a point"),
        (["set", "12,50", "a", "day"], "'12,50' is unclear: write 12.50 with a point"),
        (["set", "--day", "1.619"], "'1.619' is unclear: write 1619 or 1.62"),
        (["set", "--day", "much"], "'much' is not an amount of dollars: write 5 or 12.50"),
        (["set", "50", "day", "5"], CONFUSED),
        (["set", "--month", "9", "50", "day", "5"], CONFUSED),
        (["raise", "nan"], "'nan' is not an amount of dollars up to $1,000,000.00"),
        (["raise", "1", "--session", "77"], "no session '77' in the ledger"),
    ],
)
def test_unclear_words_change_nothing(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    """One line, exit code 2, and the caps as they were."""
    caps.put(ledger, {"month": 7 * NANO}, NOW_MS)
    assert cap(capsys, *words, code=2) == f"cheaproute: {says}\n"
    assert limits(ledger) == {"month": 7, "day": None, "session": None}


@pytest.mark.parametrize(("said", "plain"), [("50", "50"), ("$12.50", "12.5")])
def test_an_amount_alone_is_no_action(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], said: str, plain: str
) -> None:
    """It may have been meant for two of them, which are named; nothing is done."""
    line = cap(capsys, said, "--json", code=2)
    assert f"`cheaproute cap set {plain}` makes $" in line
    assert f"`cheaproute cap raise {plain}` allows" in line
    assert not any(limits(ledger).values())


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["6"], "$7.00 of $6.00 are spent already: every session would stop. Set it? "),
        (["--day", "7"], "$7.00 of $7.00 are spent already: every session would stop. Set it? "),
        (["8", "--session", "0.5"], ""),
    ],
)
def test_a_cap_that_is_passed_already_is_asked_about(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    asked: str,
) -> None:
    """A person who would stop every session is asked first, and a no changes nothing."""
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=7 * NANO)
    questions: list[str] = []
    monkeypatch.setattr(Context, "person_there", True)
    monkeypatch.setattr(Context, "confirm", lambda _, text: questions.append(f"{text} "))
    said = cap(capsys, "set", *words, code=1 if asked else 0)
    assert "".join(questions) == asked
    assert any(limits(ledger).values()) == (not asked)
    assert ("nothing was changed" in said) == bool(asked)


@pytest.mark.parametrize(
    ("held", "spent", "wanted", "doubted"),
    [
        ("340", 0, "40", True),
        ("340", 0, "100", False),
        ("", 347, "40", True),
        ("", 50, "40", False),
    ],
)
def test_a_cap_far_below_what_was_or_is_spent_names_both_and_what_a_shell_does(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    held: str,
    spent: int,
    wanted: str,
    *,
    doubted: bool,
) -> None:
    """`$340` reaches us as 40: it is set as said, with a word; a person hears it in a question."""
    if held:
        cap(capsys, "set", held)
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=spent * NANO)
    said = cap(capsys, "set", wanted)
    assert ("a shell reads $340" in said) == doubted
    assert ("The monthly cap was $340.00." in said) == (doubted and bool(held))
    assert limits(ledger)["month"] == int(wanted)
    if held:
        return
    cap(capsys, "unset")
    questions: list[str] = []
    monkeypatch.setattr(Context, "person_there", True)
    monkeypatch.setattr(Context, "confirm", lambda _, text: questions.append(text))
    cap(capsys, "set", wanted, code=1)
    assert ("a shell reads $340" in "".join(questions)) == doubted


def test_a_cap_that_was_raised_is_named_as_it_held(capsys: pytest.CaptureFixture[str]) -> None:
    """With its raise, which a new limit ends."""
    cap(capsys, "set", "250")
    cap(capsys, "raise", "100")
    assert "The monthly cap was $350.00." in cap(capsys, "set", "20")


def test_a_raise_that_another_cap_meets_at_once_names_that(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The month has room then, and the day does not: which one, its amounts, and the way out."""
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=7 * NANO)
    cap(capsys, "set", "--month", "6", "--day", "5")
    said = cap(capsys, "raise", "50", "--month")
    assert "The daily cap is reached, too: $7.00 of $5.00. The next call needs at least" in said
    assert "That is reached all the same" not in said
    assert "is reached, too" not in cap(capsys, "raise", "50", "--day")


def test_one_cap_of_several_is_taken_back_alone(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is advised where a new one is reached already names it; `all` names all."""
    ledgers.add_call(ledger, "c", TODAY, cost_nano=9 * NANO)
    assert "`cheaproute cap unset` takes it away again" in cap(capsys, "set", "5", "a", "day")
    assert "`cheaproute cap unset` takes them away again" in cap(capsys, "set", "8", "--day", "5")
    cap(capsys, "set", "50")
    assert "`cheaproute cap unset --day` takes it away again" in cap(capsys, "set", "5", "a", "day")
    gone = cap(capsys, "unset", "all")
    assert "The monthly cap of $50.00 is gone." in gone
    assert "The daily cap of $5.00 is gone." in gone


def test_unset(ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """Those named, or all; it says what is gone."""
    cap(capsys, "set", "50", "--day", "5", "--session", "2")
    assert cap(capsys, "unset", "--day") == "The daily cap of $5.00 is gone.\n"
    assert limits(ledger) == {"month": 50, "day": None, "session": 2}
    caps.add(ledger, "month:2026-11", 10 * NANO, NOW_MS)
    assert "The monthly cap of $50.00, raised by $10.00, is gone." in cap(capsys, "unset")
    assert limits(ledger) == {"month": None, "day": None, "session": None}
    assert cap(capsys, "unset") == "There was no such cap.\n"


def test_raise_takes_the_cap_that_is_reached(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the block's message says to type opens the gate, whichever cap had closed it."""
    cap(capsys, "set", "50", "--day", "5")
    ledgers.add_call(ledger, "a", TODAY, cost_nano=6 * NANO)
    said = cap(capsys, "raise", "10", "--until-reset")
    assert limits(ledger) == {"month": 50, "day": 15, "session": None}
    assert "raised by $10.00 until it resets" in said


@pytest.mark.parametrize(
    ("words", "month", "day"),
    [
        ("--month 40 --day 5", 40, 5),
        ("40 month 5 day", 40, 5),
        ("month 40 day 5", 40, 5),
        ("--month --day 5", 5, 5),
        ("5 --month --day", 5, 5),
        ("--for-good 5 --month", 5, 0),
        ("--day 5", 0, 5),
        ("5 day", 0, 5),
        ("7 --session 1 --month 40 --day 5", 40, 5),
        ("--until-reset 7 --month", 7, 0),
    ],
)
def test_a_raise_of_several_caps_may_have_a_sum_for_each(words: str, month: int, day: int) -> None:
    """One sum is for all that are named; else each has its own, a session's the first."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    args = parser.parse_args(typed_words.in_options(["raise", *words.split()]))
    found = amounts.raises(args.usd, args.month, args.day, args.session)
    wanted = {"month": month * NANO, "day": day * NANO, "session": 7 * NANO * ("session" in words)}
    assert found == {name: nano for name, nano in wanted.items() if nano}


def test_caps_are_raised_each_by_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """What is typed as advised holds; which sum is for which cap is not guessed."""
    cap(capsys, "set", "--month", "300", "--day", "2")
    said = cap(capsys, "raise", "--month", "40", "--day", "5")
    assert "of $340.00" in said
    assert "of $7.00" in said
    for words in (["3", "--month", "40", "--day", "5"], []):
        assert "--month 40 --day 5`" in cap(capsys, "raise", *words, code=2)


def test_raise_asks_which_where_several_could_be_meant(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cap that stops nobody is not raised by guess: not the last session's, above all."""
    cap(capsys, "set", "50", "--session", "2")
    ledgers.add_session(ledger, "aaaaaaaa-1111", "/p", 1, 1)
    assert "which one? --month, --session" in cap(capsys, "raise", "10", code=2)
    assert limits(ledger) == {"month": 50, "day": None, "session": 2}


def test_raise_takes_the_cap_that_has_no_room_for_an_open_sessions_next_call(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was just refused for that one, which is not reached; one that is over asks nothing."""
    cap(capsys, "set", "50", "--session", "2")
    session = ledgers.add_session(ledger, "aaaaaaaa-1111", "/p", TODAY, TODAY)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=NANO * 3 // 2, session=session)
    expected.learn_cost(ledger, session, NANO, 1)
    assert "which one? --month, --session" in cap(capsys, "raise", "10", code=2)
    here = os.getpid()
    ledger.execute(
        "INSERT INTO seat(session, pid, started, version, enabled, seen_ms)"
        " VALUES(?, ?, ?, '', 1, 1)",
        (session, here, process_identity.started(here)),
    )
    said = cap(capsys, "raise", "10")
    assert said.endswith("It holds in that session from its next step on.\n")
    assert limits(ledger, session) == {"month": 50, "day": None, "session": 12}
    assert "in every session from" in cap(capsys, "raise", "1", "--session", "--for-good")
    cap(capsys, "set", "--session", "5")
    refused.note(ledger, session, 12 * NANO, NOW_MS)  # dearer than those before it
    cap(capsys, "raise", "10")
    assert limits(ledger, session) == {"month": 50, "day": None, "session": 15}


def test_finish_takes_a_session_that_is_open(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not a later one that has ended; it is named as on other screens, and so are the others."""
    cap(capsys, "set", "50")
    uuids = [f"{n}{'a' * 7}-0000-4000-8000-000000000000" for n in range(4)]
    ids = [ledgers.add_session(ledger, uuid, "/p", 1, n) for n, uuid in enumerate(uuids)]
    here, parent = os.getpid(), os.getppid()
    now = {pid: process_identity.started(pid) for pid in (here, parent)}

    def seat(session: int, pid: int, started: str, seen_ms: int) -> None:
        ledger.execute(
            "INSERT INTO seat(session, pid, started, version, enabled, seen_ms)"
            " VALUES(?, ?, ?, '', 1, ?)",
            (session, pid, started, seen_ms),
        )

    def finish() -> tuple[str, int]:
        ledger.execute("DELETE FROM cap_override")
        said = cap(capsys, "finish", "2")
        [row] = ledger.execute("SELECT session FROM cap_override")
        return said, row[0]

    ends = "may spend $2.00 past its caps, until its next turn ends; once.\n"
    assert finish() == (f"Session 3aaaaaaa (/p) {ends}", ids[3])  # none is known to be open
    seat(ids[3], here, now[here] + "1", 9)  # ended, and its number was given anew
    seat(ids[1], here, now[here], 5)  # cleared away in the same client
    seat(ids[0], here, now[here], 9)
    assert finish() == (f"Session 0aaaaaaa (/p) {ends}", ids[0])
    seat(ids[2], parent, now[parent], 3)
    said = f"Session 2aaaaaaa (/p) {ends}Open, too, and not meant: Session 0aaaaaaa (/p).\n"
    assert finish() == (said, ids[2])


def test_a_raise_names_the_next_call_of_an_open_session_alone(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """A `claude -p` that ended makes no next call, though it was there last."""
    cap(capsys, "set", "1")
    ended = ledgers.add_session(ledger, "ac39ca90-1", "/p", TODAY, TODAY)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=2 * NANO, session=ended)
    said = cap(capsys, "raise", "0.5")
    assert "ac39ca90" not in said
    assert "The next call needs at least $0.51 more: `cheaproute cap raise 1`" in said
    one = ledgers.add_session(ledger, "bde67c12-1", "/p", 1, 1)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=NANO // 10, session=one)
    here = os.getpid()
    ledger.execute(
        "INSERT INTO seat(session, pid, started, version, enabled, seen_ms)"
        " VALUES(?, ?, ?, '', 1, 1)",
        (one, here, process_identity.started(here)),
    )
    assert "The next call of session bde67c12" in cap(capsys, "raise", "0.1")


def test_a_session_is_named_by_four_letters_or_more(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `costs session` takes them; those of several name none."""
    cap(capsys, "set", "1")
    for uuid in ("bde67c12-1", "bde6aaaa-1"):
        ledgers.add_session(ledger, uuid, "/p", 1, 1)
    assert "Session bde67c12 (/p) may" in cap(capsys, "finish", "2", "--session", "bde67")
    said = cap(capsys, "finish", "2", "--session", "bde6", code=2)
    assert "more than one session's id begins with 'bde6'" in said
    assert "no session 'bde' in the ledger" in cap(
        capsys, "finish", "2", "--session", "bde", code=2
    )


def test_one_turn_may_be_finished_past_the_caps(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the amount that was said, by one session, and no more of it once its turn is over."""
    cap(capsys, "set", "50")
    one, other = (ledgers.add_session(ledger, u, "/p", 1, n) for n, u in enumerate(("a-1", "b-2")))
    ledgers.add_call(ledger, "a", TODAY, cost_nano=51 * NANO, session=one)

    def action(session: int) -> str:
        return gate.decide(state.state(ledger, session, NOW_MS), "block").action

    assert (action(one), action(other)) == ("block", "block")
    assert "may spend $3.00 past its caps" in cap(capsys, "finish", "3", "--session", str(one))
    assert (action(one), action(other)) == ("none", "block")
    ledgers.add_call(ledger, "b", TODAY, cost_nano=2 * NANO, session=one)
    assert action(one) == "none"
    assert "may spend $1.00 more past its caps" in cap(capsys)
    ledgers.add_call(ledger, "c", TODAY, cost_nano=2 * NANO, session=one)
    assert action(one) == "block"
    assert "more past its caps" not in cap(capsys)
    cap(capsys, "finish", "3", "--session", str(one))
    one_turn.end(ledger, one)
    assert action(one) == "block"


def dear_session(ledger: sqlite3.Connection) -> int:
    """A session at $2.03 of $1 whose next call reads a context of 900,000 tokens anew."""
    one = ledgers.add_session(ledger, "741ae628-1", "/p", TODAY, TODAY)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=2_030_000_000, session=one)
    loops.answered(
        ledger, one, "", ran="claude-haiku-4-5", at_ms=NOW_MS, ttl_s=300, size=0,
        prompt_tokens=900_000, output_tokens=100,
    )  # fmt: skip
    return one


def test_a_raise_that_does_not_help_says_what_does(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """By how much the session's next call would still be stopped, and a command that ends it."""
    cap(capsys, "set", "--session", "1")
    one = dear_session(ledger)
    said = cap(capsys, "raise", "0.5", "--session", "741ae628")
    assert "That is reached all the same; at the cap: block. The next call of session " in said
    assert "741ae628 (about $1.13) needs at least $1.66 more: `cheaproute cap raise " in said
    more = said.partition("cheaproute cap ")[2].partition("`")[0].split()
    assert more == ["raise", "2", "--session", "741ae628"]
    assert "more: `" not in cap(capsys, *more)
    need = expected.next_call(ledger, one, NOW_MS)
    assert not state.state(ledger, one, NOW_MS).short(need)


def test_a_turn_that_is_allowed_too_little_says_so(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sum holds as it was said, and what its next call needs is named."""
    cap(capsys, "set", "--session", "1")
    one = dear_session(ledger)
    said = cap(capsys, "finish", "0.05", "--session", "741ae628")
    assert "may spend $0.05 past its caps" in said
    assert "Not enough: its next call is likely to cost $1.13: `" in said
    more = said.partition("cheaproute cap ")[2].partition("`")[0].split()
    assert more == ["finish", "2", "--session", "741ae628"]
    assert "Not enough" not in cap(capsys, *more)
    assert not state.state(ledger, one, NOW_MS).short(expected.next_call(ledger, one, NOW_MS))


def test_where_nothing_is_stopped_nothing_lacks(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cap that only warns needs no more."""
    assert main(["config", "set", "cap.at_cap", "warn"]) == 0
    capsys.readouterr()
    cap(capsys, "set", "--session", "1")
    dear_session(ledger)
    assert "more: `" not in cap(capsys, "raise", "0.5", "--session", "741ae628")
    assert "Not enough" not in cap(capsys, "finish", "0.05", "--session", "741ae628")


def test_raise_for_good_keeps_what_was_added_until_the_reset(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """50, 5 more this month, 10 more for good: 65 now and 60 next month."""
    cap(capsys, "set", "50")
    cap(capsys, "raise", "5")
    cap(capsys, "raise", "10", "--for-good")
    assert limits(ledger)["month"] == 65
    later = state.state(ledger, 0, NOW_MS + 9 * 86_400_000).periods["month"]
    assert later.limit == 60 * NANO


def test_raise_of_a_session(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number, by the beginning of its uuid, the one it runs in, or else the latest."""
    cap(capsys, "set", "--session", "2")
    uuids = ("aaaaaaaa-1111", "bbbbbbbb-2222")
    ids = [ledgers.add_session(ledger, uuid, "/p", 1, n) for n, uuid in enumerate(uuids)]
    cap(capsys, "raise", "1", "--session", str(ids[0]), "--until-reset")
    cap(capsys, "raise", "2", "--session", "aaaaaaaa", "--until-reset")
    cap(capsys, "raise", "4", "--session", "--until-reset")
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", uuids[0])
    cap(capsys, "raise", "8", "--session", "--until-reset")
    assert [limits(ledger, n)["session"] for n in ids] == [2 + 1 + 2 + 8, 2 + 4]


@pytest.mark.parametrize("inside", [True, False])
def test_of_which_session_a_sum_is(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    inside: bool,
) -> None:
    """`cap set` and `cap` have the same session: the one they run in, or the last, by name."""
    monkeypatch.setattr("cheaproute.client.ancestry.whose_word", lambda *_, **__: "")
    uuids = ("aaaaaaaa-1111", "bbbbbbbb-2222")
    ids = [ledgers.add_session(ledger, uuid, "/p", 1, n) for n, uuid in enumerate(uuids)]
    for n, id_ in enumerate(ids):
        ledgers.add_call(ledger, f"c{n}", TODAY, cost_nano=(2 + n) * NANO, session=id_)
    if inside:
        monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", uuids[0])
    spent, whose = ("$2.00", "this session") if inside else ("$3.00", "session bbbbbbbb (/p)")
    put, shown = cap(capsys, "set", "1", "a", "session"), cap(capsys)
    for said in (put, shown):
        assert f"{spent} of $1.00, $0.00 left" in said
        assert f"in {whose}; a new session starts at zero; set by command" in said
    assert "That is reached already; at the cap: block." in put
    assert "reached already" not in cap(capsys, "set", "--session", "10")


def test_a_new_session_has_spent_nothing(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another session spent is not shown as that of one that has made no call yet."""
    session = ledgers.add_session(ledger, "aaaaaaaa-1111", "/p", 1, 1)
    ledgers.add_call(ledger, "c", TODAY, cost_nano=2 * NANO, session=session)
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "cccccccc-3333")
    assert "$0.00 of $1.00, $1.00 left" in cap(capsys, "set", "--session", "1")
    assert "$0.00 of $1.00, $1.00 left" in cap(capsys)


def test_a_raise_that_is_too_little_says_what_is_enough(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what it names is enough, for the month and for a session."""
    session = ledgers.add_session(ledger, "aaaaaaaa-1111", "/p", 1, 1)
    ledgers.add_call(ledger, "c", TODAY, cost_nano=300 * NANO, session=session)
    for name, which in (("month", ""), ("session", " --session aaaaaaaa")):
        cap(capsys, "unset")
        cap(capsys, "set", f"--{name}", "50")
        said = cap(capsys, "raise", "10", *which.split())
        found = re.search(r"reached all the same; .*`cheaproute (cap raise [^`]*)`", said)
        assert found, said
        assert found[1].endswith(which)
        assert "reached" not in cap(capsys, *found[1].split()[1:])


def test_nothing_to_raise(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a cap there is nothing to raise, and it says what sets one."""
    said = cap(capsys, "raise", "10", "--day", code=1)
    assert said == (
        "cheaproute: there is no daily cap to raise: `cheaproute cap suggest` computes one\n"
    )


def test_nothing_to_finish_past(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no cap is set nothing stops a session, and no turn is let past one."""
    ledgers.add_session(ledger, "49d3b0a8-2222", "/u", TODAY, TODAY)
    said = cap(capsys, "finish", "2", code=1)
    assert said.startswith("cheaproute: no cap is set, so that nothing stops a session: ")


def test_a_sign_behind_the_amount_is_the_amounts(capsys: pytest.CaptureFixture[str]) -> None:
    """`600 $`, as one word (the installer's question) or as two."""
    for words in (["600 $"], ["600", "$"]):
        assert "of $600.00" in cap(capsys, "set", *words)


def test_of_a_shell_is_spoken_only_where_one_was(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed as a prompt goes through none: a `$` there is read as it stands."""
    cap(capsys, "set", "340")
    assert "a shell reads $320" in cap(capsys, "set", "20")
    cap(capsys, "set", "340")
    monkeypatch.setenv("CHEAPROUTE_TYPED", "1")
    said = cap(capsys, "set", "20")
    assert "The monthly cap was $340.00." in said
    assert "shell" not in said


@pytest.mark.parametrize(
    ("held", "word", "meant"),
    [("1", "0.15", ""), ("1.50", ".20", "1.20"), ("20", "$2", ""), ("50", "2.50", "52.50")],
)
def test_what_a_shell_may_have_read_is_near_what_is_known(
    capsys: pytest.CaptureFixture[str], held: str, word: str, meant: str
) -> None:
    """The amount at hand, not one of somebody else's; none where no `$` makes sense of it."""
    cap(capsys, "set", "--session", held)
    said = cap(capsys, "set", "--session", word)
    assert "$340" not in said
    assert ("a shell reads" in said) == bool(meant)
    assert not meant or (f"as {word}" in said and f"Type {meant}," in said)


@pytest.mark.parametrize("word", ["-1", "0", "-0.5"])
def test_a_raise_by_nothing_is_no_amount(capsys: pytest.CaptureFixture[str], word: str) -> None:
    """It is said before anything is asked about which cap is meant."""
    cap(capsys, "set", "--month", "50", "--day", "5")
    assert "is not above zero" in cap(capsys, "raise", word, code=2)


def test_a_slip_in_a_period_is_named_and_not_the_amount(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever stands behind it is right."""
    for words in (["set", "sesion", "1"], ["set", "1", "sesion"], ["raise", "5", "mnth"]):
        said = cap(capsys, *words, code=2)
        slip, meant = ("mnth", "month") if "mnth" in words else ("sesion", "session")
        assert f"`{slip}` is no period: did you mean `{meant}`?" in said


def test_suggest_as_json(ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """The same sums as figures."""
    ledgers.add_call(ledger, "a", TODAY - 29, cost_nano=40 * NANO)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=12_340_000_000)
    said = json.loads(cap(capsys, "suggest", "--json"))
    suggested = {"cap_usd": 158.0, "day_usd": 80.0, "usual_month_usd": 52.34, "budget_usd": 53.0}
    spent = {"month_spent_usd": 12.34, "day_spent_usd": 12.34}
    left = {"cap_left_usd": 145.66, "day_left_usd": 67.66, "budget_left_usd": 40.66}
    assert said == suggested | spent | left


def test_a_usual_month_is_the_middle_of_three_whole_ones(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dear month now does not make it dearer, and neither month that is cut off counts."""
    for month, dollars in (("06", 5), ("07", 100), ("08", 300), ("09", 140), ("10", 160)):
        ledgers.add_call(ledger, month, _day(f"2026-{month}-15"), cost_nano=dollars * NANO)
    ledgers.add_call(ledger, "now", TODAY, cost_nano=500 * NANO)
    said = cap(capsys, "suggest")
    assert "last 30 days   $500.00  (1 call" in said
    middle = "(the middle of 4 whole ones, 2026-07 to 2026-10: $100.00 to $300.00)"
    assert f"a usual month  $150.00  {middle}" in " ".join(said.split("\n")).replace("   ($", " ($")
    assert "suggested cap  $450.00  (3 usual months" in said
    budget = "A budget, no more than such a month: cheaproute cap set 150"
    assert said.endswith(f"{budget}  (stops everything at once: $500.00 is spent this month)\n")
    assert "cap set 450  (stops everything at once: $500.00 is spent this month)" in said
    assert json.loads(cap(capsys, "suggest", "--json"))["budget_left_usd"] == 0


@pytest.mark.parametrize("busy", range(1, 9))
def test_however_few_days_were_spent_on(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], busy: int
) -> None:
    """Some days of three weeks make a guess."""
    for n in range(busy):
        ledgers.add_call(ledger, f"m{n}", TODAY - 20 + n, cost_nano=NANO)
    assert f"${busy}.00" in cap(capsys, "suggest")


def test_two_whole_months_tell_of_no_usual_one(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor do three that lie before a break."""
    for month in ("08", "09", "10"):
        ledgers.add_call(ledger, month, _day(f"2026-{month}-15"), cost_nano=100 * NANO)
    ledgers.add_call(ledger, "now", TODAY, cost_nano=500 * NANO)
    assert "a usual month  $500.00  (as those 30 days" in cap(capsys, "suggest")


def _day(text: str) -> int:
    day = days.parse(text)
    assert day is not None
    return day


def test_suggest_shows_its_arithmetic(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three times a usual month, and why; what lies further back than 30 days does not count."""
    ledgers.add_call(ledger, "old", TODAY - 30, cost_nano=900 * NANO)
    ledgers.add_call(ledger, "a", TODAY - 29, cost_nano=40 * NANO)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=12_340_000_000)
    assert cap(capsys, "suggest") == (
        "last 30 days   $52.34  (2 calls, by UTC days, as caps count)\n"
        "a usual month  $52.34  (as those 30 days; how this one ends: `costs`)\n"
        "suggested cap  $158.00  (3 usual months, $157.02, rounded up)\n"
        "That is no budget: a dear month passes under it, and it stops what runs away\n"
        "(a loop, a forgotten session). A day's cap stops that sooner: twice your\n"
        "dearest of those days, $40.00.\n"
        "\n"
        "To set it: cheaproute cap set 158  (leaves $145.66 this month)\n"
        "and a day's: cheaproute cap set --day 80  (leaves $67.66 today)\n"
        "A budget, no more than such a month: cheaproute cap set 53  (leaves $40.66 this month)\n"
    )


def test_on_a_plan_a_suggested_cap_warns(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who pays by subscription is not stopped by default, and is not told so."""
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-x")
    ledgers.add_call(ledger, "a", TODAY - 9, cost_nano=5 * NANO)
    said = cap(capsys, "suggest")
    assert "it warns of what runs away" in " ".join(said.split())
    assert "stops" not in said


def test_suggest_from_a_short_history(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten days are taken as a third of a month; --apply sets the result."""
    ledgers.add_call(ledger, "a", TODAY - 9, cost_nano=5 * NANO)
    ledgers.add_call(ledger, "b", TODAY, cost_nano=None)
    said = cap(capsys, "suggest", "--apply")
    assert "last 10 days   $5.00+  (2 calls, by UTC days, as caps count)\n" in said
    assert "a usual month  $15.00+  (those 10 days x 30 / 10)\n" in said
    assert "1 call of unknown price is in no sum: expect more" in said
    assert "early guess" not in said
    assert limits(ledger)["month"] == 45


def test_a_suggestion_over_a_cap_asks_first(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person set is named before another takes its place, and a no keeps it."""
    ledgers.add_call(ledger, "a", TODAY - 9, cost_nano=5 * NANO)
    cap(capsys, "set", "20")
    monkeypatch.setattr(Context, "person_there", True)
    asked: list[str] = []
    monkeypatch.setattr(Context, "confirm", lambda _, text: asked.append(text))
    assert main(["cap", "suggest", "--apply"]) == 1
    assert asked == ["The monthly cap is $20.00: set $45.00 in its place?"]
    assert limits(ledger)["month"] == 20
    capsys.readouterr()
    monkeypatch.setattr(Context, "confirm", lambda *_: True)
    cap(capsys, "suggest", "--apply")
    assert limits(ledger)["month"] == 45


@pytest.mark.parametrize("words", [["suggest"], ["suggest", "--apply"]])
def test_no_suggestion_from_a_day_or_two(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """A quiet first day would make a cap that a busy second one breaks: there is no number."""
    ledgers.add_call(ledger, "a", TODAY - 1, cost_nano=NANO)
    said = cap(capsys, *words, code=1)
    assert said.startswith("cheaproute: 2 days of history ($1.00) is too little to tell a month by")
    assert limits(ledger)["month"] is None


def test_suggest_from_three_days_says_so(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is extrapolated from a few days is called a guess."""
    ledgers.add_call(ledger, "a", TODAY - 2, cost_nano=NANO)
    said = cap(capsys, "suggest")
    assert "a usual month  $10.00  (those 3 days x 30 / 3)\n" in said
    assert "3 days of history: an early guess" in said


def test_nothing_is_suggested_while_history_is_read(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sum that still grows is no ground for a cap, and `cap` says that it grows."""
    ledgers.add_call(ledger, "a", TODAY - 9, cost_nano=NANO)
    meta.put(ledger, coverage.PROGRESS, f"40 {NOW_MS}")
    assert "your history is being read (40 %)" in cap(capsys, "suggest", code=1)
    assert "Reading your history: 40 %. The sums here still grow." in cap(capsys)


def test_suggest_without_history(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing known, nothing suggested; the way to a history is named."""
    assert "`cheaproute import` reads your history" in cap(capsys, "suggest", code=1)


def test_an_older_option_does_not_come_back(
    ledger: sqlite3.Connection, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`cap set 5` holds though no hook had yet been given the option of 40 that was set before."""
    (home / ".claude").mkdir()
    option = {"cheaproute@cheaproute": {"options": {"monthly_cap_usd": 40}}}
    (home / ".claude" / "settings.json").write_text(json.dumps({"pluginConfigs": option}))
    assert "$0.00 of $40.00" in cap(capsys)
    cap(capsys, "set", "5")
    caps.sync(ledger, {"cheaproute-cheaproute": "40"}, {}, NOW_MS)
    assert limits(ledger)["month"] == 5


def test_on_a_plan_a_cap_warns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sets a cap is told what it does, and how it would stop."""
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "t")
    assert "`cheaproute config set cap.at_cap block` has them stopped" in cap(capsys, "set", "50")
    assert "At the cap: warn. Billing: plan (CLAUDE_CODE_OAUTH_TOKEN)." in cap(capsys)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://llm.example.com")
    said = cap(capsys)
    assert "At the cap: block. Billing: plan (CLAUDE_CODE_OAUTH_TOKEN)." in said
    assert "A gateway answers" in said


def test_a_repository_does_not_choose_the_ledger_of_a_command(
    ledger: sqlite3.Connection,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a session the command acts on the user's ledger, whatever the project says."""
    data = str(tmp_path / "data")  # the user's, and so in the user's settings
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text(json.dumps({"env": {"CHEAPROUTE_HOME": data}}))
    repo = tmp_path / "repo"
    (repo / ".claude").mkdir(parents=True)
    evil = {"env": {"CHEAPROUTE_HOME": str(repo / "evil")}}
    (repo / ".claude" / "settings.json").write_text(json.dumps(evil))
    monkeypatch.chdir(repo)
    monkeypatch.setenv("CLAUDECODE", "1")
    monkeypatch.setenv("CHEAPROUTE_HOME", str(repo / "evil"))
    cap(capsys, "set", "9")
    assert limits(ledger)["month"] == 9
    assert not (repo / "evil").exists()


def test_a_model_cannot_raise_the_cap_it_is_held_by(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a session (`CLAUDECODE`) a command may tighten caps, and not loosen them."""
    cap(capsys, "set", "50")
    session = ledgers.add_session(ledger, "a-1", "/p", 1, 1)
    ledgers.add_call(ledger, "z", TODAY - 5, cost_nano=NANO)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=40 * NANO, session=session)
    monkeypatch.setenv("CLAUDECODE", "1")
    for words in (
        ["set", "51"],
        ["raise", "1"],
        ["unset"],
        ["suggest", "--apply"],
        ["finish", "1", "--session", "1"],
    ):
        assert main(["cap", *words]) == 1
        said = capsys.readouterr().err
        assert "only you can allow more: run it in a terminal of your own" in said
        assert "it was started from within Claude Code" in said
        assert "config.toml" in said
    assert limits(ledger) == {"month": 50, "day": None, "session": None}
    cap(capsys, "set", "45", "--day", "5")
    assert limits(ledger) == {"month": 45, "day": 5, "session": None}


def test_the_share_of_the_cap_has_what_other_machines_spent(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """On both screens, and it is said that all machines count; a machine's share stands beside."""
    caps.put(ledger, {"month": 50 * NANO}, 0)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=5 * NANO)
    told = {"month:2026-11": (5 * NANO, 0, 0, False)}
    elsewhere.write(state.data_dir(ledger), told, {"b": NOW_MS}, 0.5, {"b": 5 * NANO})
    drawn = cap(capsys, "show")
    assert "$10.00 of $50.00, $40.00 left" in drawn
    assert "$5.00 of $25.00, $20.00 left" in drawn
    assert json.loads(cap(capsys, "--json"))["left_usd"] == 20.0
    assert main(["costs"]) == 0
    assert "20 % (all machines)" in capsys.readouterr().out


def test_words_and_numbers_where_blocks_do_not_show(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The C locale gets the bar in ASCII."""
    caps.put(ledger, {"month": 50 * NANO}, NOW_MS)
    ledgers.add_call(ledger, "a", TODAY, cost_nano=25 * NANO)
    monkeypatch.setenv("LC_ALL", "C")
    assert cap(capsys, "show").isascii()


@pytest.mark.parametrize("line", ["month_usd = 60", ""])
def test_a_reader_without_a_terminal_judges_as_a_gate_will(
    line: str,
    ledger: sqlite3.Connection,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line written, or taken out, by hand is shown as the next gate takes it, and not written."""
    ledgers.add_call(ledger, "a", TODAY, cost_nano=52 * NANO)
    config = tmp_path / "data" / "config.toml"
    config.write_text("[cap]\nmonth_usd = 50\n")
    assert "reached" in cap(capsys)
    monkeypatch.setattr(
        "cheaproute.client.ancestry.whose_word",
        lambda _env, terminal=True: "it has no terminal" if terminal else "",
    )
    config.write_text(f"[cap]\n{line}\n" if line else "")
    limit = 60 if line else None
    month = json.loads(cap(capsys, "--json"))["month"]
    assert (month["limit_usd"], month["reached"]) == (limit, False)
    assert ("of $60.00" if line else "no cap") in cap(capsys)
    assert main(["costs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cap_usd"] == limit
    assert limits(ledger)["month"] == 50
    monkeypatch.setattr("cheaproute.client.ancestry.whose_word", lambda *_, **__: "a client's")
    monkeypatch.setattr("cheaproute.client.ancestry.as_in_the_client", lambda *_: False)
    assert json.loads(cap(capsys, "--json"))["month"]["limit_usd"] == 50
