"""What is noted of the module's seats, and what is no longer relied on."""

from __future__ import annotations

import os
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap.process_identity import started
from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.hook.events import stop
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.module import seats
from cheaproute.money import NANO
from cheaproute.usage import prices
from cheaproute.usage.models import SYNTHETIC
from tests.hook.mod.test_questions import FLIGHT, OPUS, UUID, Home, record
from tests.transcripts import append, assistant

ALL = {"step": True, "fetch": True, "log": True}


def cap(home: Home) -> str:
    """How far the cap holds, in the words people read."""
    with closing(home.ledger()) as db:
        seat = seats.latest(db)
    assert seat is not None
    return seat.cap


def transcript(home: Home) -> Path:
    """The session's."""
    return Path(home.env["HOME"]) / f"{UUID}.jsonl"


def untold(home: Home, number: int, **row: Any) -> None:
    """A row of an answer that the module does not tell of comes into the transcript."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + number))
    append(transcript(home), assistant(f"msg_{number}", session=UUID, ts=f"{now}.500Z", **row))


def live(home: Home) -> seats.Seats | None:
    """The session's seats once its transcript is read."""
    with closing(home.ledger()) as db:
        ingest.meter(db, str(transcript(home)), time.time_ns() // 1_000_000, prices.load())
        return seats.live(db, 1, os.getppid(), started)


def test_a_seat_that_failed_is_not_said_to_hold(tmp_path: Path) -> None:
    """The hand says so with its next question, and again when it works."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL)
    assert cap(home) == seats.EXACT
    home.ask("ModGate", seats={**ALL, "fetch": None}, flight=FLIGHT, flights=[FLIGHT])
    assert cap(home) == seats.BETWEEN
    home.ask("ModBook", seats={**ALL, "fetch": False})  # a fresh worker
    assert cap(home) == seats.BETWEEN
    home.ask("ModBook", seats=ALL)
    assert cap(home) == seats.EXACT


def test_a_request_that_is_refused_was_seen_at_its_seat(tmp_path: Path) -> None:
    """Of a run whose only request is refused no further word comes; a step's question is none."""
    home = Home(tmp_path, NANO // 1000)
    home.ask("ModStart", version="2.1.332")
    step = {**FLIGHT, "bytes": 0}
    home.ask("ModGate", seats=dict.fromkeys(ALL, False), asked=[step], flights=[step])
    with closing(home.ledger()) as db:
        assert not seats.read(db, 1).fetch  # type: ignore[union-attr]
    told = {"step": True, "fetch": False, "log": False}
    assert all(home.ask("ModGate", seats=told, asked=[FLIGHT], flights=[FLIGHT])["denies"])
    with closing(home.ledger()) as db:
        seat = seats.read(db, 1)
        assert seat is not None
        assert (seat.step, seat.fetch, seat.log) == (True, True, False)
        assert not seats.misses_answers(db)


def test_a_start_that_is_told_late_takes_no_seat_away(tmp_path: Path) -> None:
    """Loaded anew amid a turn its requests come first; a fresh one has seen nothing."""
    home = Home(tmp_path, NANO)
    home.ask("ModBook", seats=ALL)
    home.ask("ModStart", version="2.1.332", seats=ALL)
    assert cap(home) == seats.EXACT
    home.ask("ModStart", version="2.1.332", seats={**ALL, "fetch": None})
    assert cap(home) == seats.BETWEEN
    home.ask("ModStart", version="2.1.332", seats=dict.fromkeys(ALL, False))
    assert cap(home) == seats.HOOKS


def test_a_module_that_tells_nothing_any_more_is_not_relied_on(tmp_path: Path) -> None:
    """The client unloads one that hangs it: from the third answer that it does not tell of."""
    home = Home(tmp_path, 1000 * NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL, calls=[record(1)])
    for number in range(4):
        untold(home, number, model=OPUS)
        seat = live(home)
        assert cap(home) == (seats.HOOKS if number >= 2 else seats.EXACT), number
        assert (seat is None) == (number >= 2)
    home.ask("ModBook", seats=ALL, calls=[record(5, at="2099-01-01T00:00:00Z")])
    assert cap(home) == seats.EXACT


def test_requests_that_were_refused_say_nothing_of_the_module(tmp_path: Path) -> None:
    """What was never sent is told of by nobody: its rows are the client's own."""
    home = Home(tmp_path, 1000 * NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL, calls=[record(1)])
    for number in range(4):
        untold(home, number, model=SYNTHETIC, used={"input_tokens": 0, "output_tokens": 0})
    assert live(home) is not None
    assert cap(home) == seats.EXACT


def test_requests_that_were_broken_off_say_nothing_of_the_module(tmp_path: Path) -> None:
    """Esc again and again: no record comes, and the rows of such a request have no end."""
    home = Home(tmp_path, 1000 * NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL, calls=[record(1)])
    for number in range(4):
        request = f"req_011CQabcdefghijkLMNOP{number}"
        untold(home, number, model=OPUS, stop=None, requestId=request)
        if number % 2:  # one that the module knew of, too
            told = {"agent": "", "model": OPUS, "request_id": request}
            used = {"input_tokens": 900, "output_tokens": 1}
            home.ask("ModTurnEnd", seats=ALL, broken=[{**told, "usage": used}], gap_usd=0.01)
    assert live(home) is not None
    with closing(home.ledger()) as db:
        assert db.execute("SELECT count(*) FROM call WHERE client_nano IS NULL").fetchone() == (4,)
    assert cap(home) == seats.EXACT


def test_what_was_done_is_told_where_no_module_of_this_client_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session taken up by a client without one: the seats are those of the client before."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL)
    monkeypatch.setattr("cheaproute.report.seen.after_answer", lambda *_: "Explore ran on Haiku")
    event = Event({"hook_event_name": "Stop", "session_id": UUID, "cwd": "/"})
    with closing(Context(home.env)) as context:
        assert stop._seen(event, context) == ""
        context.ledger.execute("UPDATE seat SET pid = pid + 1")
        assert stop._seen(event, context) == "[cheaproute] Explore ran on Haiku"


def test_another_client_of_the_same_number_has_not_the_module_of_the_first(tmp_path: Path) -> None:
    """A session that goes on in a later process: its number says nothing, when it began does.

    Nor is a later process's beginning taken from the row of an earlier one, after `/clear`.
    """
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL)
    other = UUID.replace("1111", "9999")
    with closing(home.ledger()) as db:
        assert seats.live(db, 1, os.getppid(), started) is not None
        db.execute("UPDATE seat SET started = started || '0'")
        db.commit()
        assert seats.live(db, 1, os.getppid(), started) is None
    home.ask("ModBook", session_id=other, seats=ALL)
    with closing(home.ledger()) as db:
        assert seats.live(db, 2, os.getppid(), started) is not None


def test_a_module_that_rests_is_not_relied_on_after_clear(tmp_path: Path) -> None:
    """The new session has no start: the first question about it says that the module rests."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332", resting=True)
    other = UUID.replace("1111", "9999")
    for session in (UUID, other):
        home.ask("ModCommand", session_id=session, seats=ALL, resting=True, args="cap")
        assert cap(home) == seats.HOOKS
    with closing(home.ledger()) as db:
        assert [seats.live(db, number, os.getppid(), started) for number in (1, 2)] == [None, None]


def test_a_module_is_known_to_rest_by_any_question(tmp_path: Path) -> None:
    """The one that was to tell of it may have come to nothing; a fresh worker is at work again."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL)
    assert cap(home) == seats.EXACT
    home.ask("ModBook", seats=ALL, resting=True)
    assert cap(home) == seats.HOOKS
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL)
    assert cap(home) == seats.EXACT


def test_a_module_that_is_turned_off_amid_a_session_is_not_relied_on(tmp_path: Path) -> None:
    """`mod.enabled = false`: the hooks do all from the answer on that tells the module so."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", seats=ALL)
    (home.data / "config.toml").write_text("[mod]\nenabled = false\n")
    assert home.ask("ModBook", seats=ALL)["enabled"] is False
    assert cap(home) == seats.HOOKS
    with closing(home.ledger()) as db:
        assert seats.live(db, 1, os.getppid(), started) is None


def test_passes_of_clients_that_ended_are_good_for_nothing(tmp_path: Path) -> None:
    """The next client that is given the number takes away what was left under it, and others'."""
    home = Home(tmp_path, NANO)
    place = home.data / "passes"
    place.mkdir(parents=True)
    for name in (str(os.getppid()), str(2**22 + 1), "odd"):
        (place / name).write_text("stop")
    (place / str(os.getpid())).write_text("stop")  # another client's, which lives
    assert home.ask("ModStart", version="2.1.332")["pass"] == str(place / str(os.getppid()))
    assert [one.name for one in place.iterdir()] == [str(os.getpid())]
