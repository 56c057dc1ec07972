"""The module's questions, whole calls as data: booked once, judged by what is known."""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cheaproute.cap import limits, reservations
from cheaproute.cap.process_identity import started
from cheaproute.hook.main import respond
from cheaproute.hook.mod import estimate
from cheaproute.ledger import meta, store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.module import seats
from cheaproute.ledger.query import coverage
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import catch_up
from cheaproute.money import NANO
from cheaproute.usage import prices
from tests.transcripts import append, assistant

UUID = "11111111-2222-3333-4444-555555555555"
OPUS = "claude-opus-5-5"


class Home:
    """A user with a key, a cap of $1 if told, and one session."""

    def __init__(self, place: Path, cap_nano: int | None = None) -> None:
        self.data = place / "data"
        self.env = {
            "HOME": str(place),
            "CHEAPROUTE_HOME": str(self.data),
            "ANTHROPIC_API_KEY": "sk-ant-x",
        }
        if cap_nano is not None:
            with closing(self.ledger()) as db:
                limits.put(db, {"month": cap_nano}, 1)

    def ledger(self) -> Any:
        """The ledger."""
        return store.connect(str(self.data / "ledger.db"))

    def ask(self, name: str, **more: object) -> dict[str, Any]:
        """The answer to one question, asked in a turn unless told."""
        base = {"hook_event_name": name, "session_id": UUID, "cwd": "/tmp/p", "busy": True}  # noqa: S108
        asked = {**base, **more}
        found: dict[str, Any] = json.loads(respond("mod", json.dumps(asked).encode(), self.env))
        return found

    def spent(self) -> int:
        """What the ledger has, in nano-dollars."""
        with closing(self.ledger()) as db:
            return int(db.execute("SELECT coalesce(sum(cost_nano), 0) FROM call").fetchone()[0])

    def held(self) -> int:
        """What is set aside."""
        with closing(self.ledger()) as db:
            row = db.execute("SELECT coalesce(sum(nano), 0) FROM reservation").fetchone()
            return int(row[0])


@pytest.fixture
def capped(tmp_path: Path) -> Home:
    """A home with a cap of a dollar."""
    return Home(tmp_path, NANO)


def record(number: int, **more: object) -> dict[str, object]:
    """An answered request of $0.20 on Opus 5.5."""
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "session.id": UUID,
        "request_id": f"req_011CQabcdefghij{number:08d}",
        "model": OPUS,
        "input_tokens": 50_000,
        "output_tokens": 0,
        "cost_usd_micros": 200_000,
        "query_source": "sdk",
        "bytes": 60_000,
        **more,
    }


FLIGHT = {"model": OPUS, "bytes": 60_000, "agent": "", "at_ms": 1, "request_id": ""}


@pytest.mark.parametrize("typed", ["cheaproute costs week", "cheaproute cap", "cheaproute why"])
def test_a_typed_command_is_answered_without_an_error(capped: Home, typed: str) -> None:
    """The command closes the ledger it is given; what comes with the answer opens it again."""
    answer = capped.ask("ModCommand", prompt=typed, origin="composer")
    assert answer["text"]
    assert "caps" in answer
    assert not (capped.data / "cheaproute.log").exists()


def test_a_record_is_booked_once_however_often_it_comes(capped: Home) -> None:
    """Two copies of the module, a question asked again: the same request is one call."""
    told = record(1)
    for _ in range(3):
        assert capped.ask("ModBook", calls=[told, told])["booked"] is True
    assert capped.spent() == 200_000_000


def test_nothing_leaves_once_the_cap_is_reached(capped: Home) -> None:
    """The fifth request of $0.20 reaches a dollar: the next is denied, in the cap's own words."""
    capped.ask("ModStart", version="2.1.332")
    for number in range(5):
        answer = capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
        assert "deny" not in answer, number
        capped.ask("ModBook", calls=[record(number, cache_read_tokens=10)])
    denied = capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["deny"]
    assert denied.startswith("[cheaproute]")
    assert "$1.00" in denied


def test_the_first_request_of_all_is_waited_for(capped: Home) -> None:
    """Another session's, for a moment: nobody knows what one costs until it is booked."""
    capped.ask("ModStart", version="2.1.332")

    def asked() -> tuple[bool, bool]:
        told = capped.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT])
        return bool(told["denies"][0]), told["waits"][0]

    def begun(seconds_ago: int) -> None:
        with closing(capped.ledger()) as db:
            now_ms = int(time.time() * 1000) - 1000 * seconds_ago
            reservations.drop(db, 1, ("request",))
            reservations.hold(db, 1000, "request", now_ms, pid=1)
            db.commit()

    begun(0)
    assert asked() == (True, True)
    begun(5)
    assert asked() == (False, False)
    capped.ask("ModBook", calls=[record(1, **{"session.id": UUID.replace("1", "2")})])
    begun(0)
    assert asked() == (False, False)


def test_without_a_cache_a_request_costs_its_whole_prompt_again(capped: Home) -> None:
    """Nothing is thought to be read where the last answer neither read nor wrote anything."""
    capped.ask("ModStart", version="2.1.332")
    capped.ask("ModBook", calls=[record(1)])
    capped.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT], busy=False)
    assert 200_000_000 <= capped.held() < 220_000_000
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
    capped.ask("ModBook", calls=[record(2, at=later, cache_read_tokens=10)])
    capped.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT], busy=False)
    assert capped.held() < 50_000_000


def test_another_session_begins_with_what_a_byte_costs_in_the_latest(capped: Home) -> None:
    """Before its own first answer; and one that is sent twice costs twice."""
    capped.ask("ModBook", calls=[record(1, **{"session.id": UUID.replace("1", "2")})])
    capped.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT], busy=False)
    once = capped.held()
    assert once > 200_000_000
    flight = {**FLIGHT, "sends": 2}
    capped.ask("ModGate", asked=[flight], flights=[flight], busy=False)
    assert capped.held() == 2 * once


def test_a_leave_is_taken_back_where_nothing_is_left(capped: Home) -> None:
    """Its dollars are no longer set aside: the hand may not go on with what it has."""
    assert capped.ask("ModStart", version="2.1.332")["grant"]["nano"] > 0
    full = capped.ask("ModBook", calls=[record(number) for number in range(5)])
    assert full["grant"] == {"nano": 0, "seconds": 0, "loops": {}}
    assert capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["grant"]["nano"] == 0
    assert capped.held() == 0


def test_what_is_left_is_told_to_a_hand_that_may_get_no_answer_any_more(
    capped: Home, tmp_path: Path
) -> None:
    """Under a cap that stops; what the client itself has set aside is still its own."""
    for number in (1, 2):
        told = capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=[record(number)])
        assert told["left"] == NANO - number * 200_000_000
        assert told["grant"]["nano"] > 0
    free = Home(tmp_path / "free")
    assert free.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["left"] is None
    # And to one that may never get one, in another session.
    bound = capped.ask("ModBook")["bound"]
    assert (bound["session"], bound["left"], bound["whole"]) == (None, NANO - 400_000_000, NANO)
    assert bound["until_ms"] > time.time() * 1000
    assert free.ask("ModBook")["bound"] is None


def test_a_limit_whose_row_is_gone_is_set_again_and_ends_the_leaves(capped: Home) -> None:
    """One may have been given while none stood there."""
    files = capped.ask("ModStart", version="2.1.332")["files"]
    with closing(capped.ledger()) as db:
        limits.save(db, str(capped.data))
        db.execute("DELETE FROM cap")
    told = capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
    assert told["caps"] == {"month": NANO}
    assert "any" not in told["grant"]
    assert any(Path(path).exists() for path in files if path.endswith("leaves_ended"))


def test_a_cap_that_is_reached_ends_the_leaves_of_all(capped: Home) -> None:
    """Each client looks at a file before it goes on by its leave; it is written by any gate."""
    told = capped.ask("ModStart", version="2.1.332")["files"]
    file = Path(next(path for path in told if path.endswith("leaves_ended")))
    capped.ask("ModBook", calls=[record(number) for number in range(4)])
    assert not file.exists()
    capped.ask("ModBook", calls=[record(5)])
    os.utime(file, (1, 1))
    capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
    assert file.stat().st_mtime > 1


@pytest.mark.parametrize("name", ["ModBook", "ModTurnEnd", "ModStart", "ModGate"])
def test_a_leave_ends_with_what_is_under_way(capped: Home, name: str) -> None:
    """In a turn a leave is set aside; asked when nothing is under way, none is, and none is given.

    A hand that does not say so (`busy` is left out, or odd) has none either.
    """
    none = {"nano": 0, "seconds": 0, "loops": {}}
    for busy in (False, None, 1, "yes"):
        told = capped.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT])
        assert told["grant"]["nano"] > 0
        assert told["held"] is True
        assert capped.held() > 0
        told = capped.ask(name, busy=busy, calls=[], flights=[])
        assert told["grant"] == none
        assert told["held"] is False
        assert capped.held() == 0


def test_what_is_asked_for_while_idle_is_set_aside_alone(capped: Home) -> None:
    """A title, an agent nobody waits for: its own dollars, and nothing beside them."""
    told = capped.ask("ModGate", busy=False, asked=[FLIGHT], flights=[FLIGHT])
    assert told["denies"] == [""]
    assert told["held"] is True
    alone = capped.held()
    assert capped.ask("ModBook", busy=False, flights=[FLIGHT])["held"] is True
    assert capped.held() == alone
    assert capped.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT])["grant"]["nano"] > 0
    assert capped.held() > alone


@pytest.mark.parametrize("name", ["ModStep", "ModGate"])
def test_a_cap_set_between_two_turns_holds_for_the_next(tmp_path: Path, name: str) -> None:
    """Without a cap nobody asks, in pauses either, until a file of limits is another."""
    home = Home(tmp_path)
    home.ask("ModStart", busy=False)
    step = {"turn_id": "t", "index": 0, "agent_id": "", "model": OPUS, "session_model": OPUS}
    assert home.ask("ModStep", **step)["grant"]["any"] is True
    told = home.ask("ModBook", busy=False, calls=[record(1)])
    assert told["grant"]["any"] is True
    assert told["held"] is False
    with closing(home.ledger()) as db:
        limits.put(db, {"month": 100_000_000}, 1)
    if name == "ModStep":
        told = home.ask("ModStep", **{**step, "turn_id": "u"})
        assert told["grant"]["nano"] == 0
    told = home.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT])
    assert "$0.10" in told["denies"][0]
    assert told["grant"]["nano"] == 0


def test_past_the_cap_no_tool_begins(capped: Home) -> None:
    """Its guard would be a request that is refused, and what nobody judges would run."""
    assert "deny" not in capped.ask("ModTool", calls=[record(number) for number in range(4)])
    assert "$1.00" in capped.ask("ModTool", calls=[record(4)])["deny"]


def test_what_comes_with_the_question_counts(capped: Home) -> None:
    """A request is judged with the records that its own question brings."""
    told = [record(number) for number in range(5)]
    assert "deny" in capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=told)


def test_a_request_that_does_not_fit_is_not_sent(capped: Home) -> None:
    """Far too long for what is left: refused before it leaves, with both amounts."""
    long = {**FLIGHT, "bytes": 4_000_000}
    denied = capped.ask("ModGate", flight=long, flights=[long])["deny"]
    assert "Not sent" in denied or "cap" in denied
    assert "$1.00" in denied


def test_a_clients_reservations_replace_each_other(capped: Home) -> None:
    """However many questions one client asks, it holds what its last answer said."""
    for number in range(6):
        answer = capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
        assert "deny" not in answer, number
    assert 0 < capped.held() < NANO // 4
    capped.ask("ModBook", calls=[], flights=[])
    assert capped.held() <= NANO // 8


def test_without_a_cap_all_may_go(tmp_path: Path) -> None:
    """Nothing is set aside where nothing is to be passed."""
    free = Home(tmp_path)
    answer = free.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
    assert answer["grant"].get("any") is True, answer
    assert free.held() == 0


def test_off_is_off(capped: Home) -> None:
    """With `mod.enabled = false` it is told to do nothing; what it heard before that is counted."""
    config = Path(capped.env["HOME"]) / "data" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[mod]\nenabled = false\n")
    asked = record(1, query_source="side_question")
    for _ in range(2):
        told = capped.ask("ModBook", calls=[asked])
        assert told == {"enabled": False, "booked": True, "closed": False, "asks": ""}
    assert capped.spent() == 200_000_000
    assert capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["enabled"] is False
    assert capped.held() == 0


def test_seats_are_noted_as_they_are_seen(capped: Home) -> None:
    """Loaded is not seen: only a request that was gated and told makes the cap exact."""
    capped.ask("ModStart", version="2.1.332")
    with closing(capped.ledger()) as db:
        assert seats.read(db, 1).cap == seats.HOOKS  # type: ignore[union-attr]
    capped.ask("ModGate", flight=FLIGHT, seats={"step": True, "fetch": True, "log": False})
    with closing(capped.ledger()) as db:
        assert seats.read(db, 1).cap == seats.BETWEEN  # type: ignore[union-attr]
    capped.ask("ModBook", calls=[record(1)], seats={"step": True, "fetch": True, "log": True})
    with closing(capped.ledger()) as db:
        found = seats.live(db, 1, os.getppid(), started)
        assert found is not None
        assert (found.cap, found.version) == (seats.EXACT, "2.1.332")


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=30)
)


@settings(max_examples=30)  # each makes a ledger
@given(
    st.dictionaries(
        st.sampled_from([*record(1), "agent_id", "speed", "cache_read_tokens", "odd"]), ODD
    )
)
def test_no_record_breaks_the_answer(changes: dict[str, object]) -> None:
    """Whatever a record holds, the answer is one, and the sum stays a sum."""
    with tempfile.TemporaryDirectory() as place:
        here = Home(Path(place), NANO)
        answer = here.ask("ModBook", calls=[{**record(1), **changes}, record(2)])
        assert answer["booked"] is True
        assert here.spent() >= 200_000_000


def relayed(identity: str, number: int) -> dict[str, object]:
    """An answered request of $0.20, as a relay's answer lets the client tell of it."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{number:03d}Z"
    return record(1, request_id=identity, at=at, **{"event.sequence": number})


def test_what_cannot_be_told_apart_is_booked_by_its_record(capped: Home) -> None:
    """A relay gives no request id, or all the same: without a transcript each record is a call."""
    for identity in ("", "req_1", "req_011CQabcdefghijkLMNOPqrst"):
        told = [relayed(identity, number) for number in range(3)]
        for _ in range(2):
            assert capped.ask("ModBook", calls=told)["booked"] is True
    assert capped.spent() == 9 * 200_000_000
    assert "deny" in capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])


@pytest.mark.parametrize("identity", ["", "req_1", "req_011CQabcdefghijkLMNOPqrst"])
def test_a_transcript_that_comes_later_takes_the_place_of_records(
    capped: Home, identity: str
) -> None:
    """It tells of the same calls; what the module tells from then on waits for its row."""
    capped.ask("ModBook", calls=[relayed(identity, number) for number in range(2)])
    path = Path(capped.env["HOME"]) / ".claude" / "projects" / "-tmp-p" / f"{UUID}.jsonl"
    path.parent.mkdir(parents=True)
    used = {"input_tokens": 50_000, "output_tokens": 0}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    rows = [
        {**assistant(f"msg_{n}", session=UUID, used=used, model=OPUS, ts=now), "uuid": f"row-{n}"}
        for n in range(3)
    ]
    append(path, *({**row, "requestId": identity} for row in rows))
    late = relayed(identity, 2)
    for _ in range(2):
        assert capped.ask("ModBook", calls=[late])["booked"] is True
    assert capped.spent() == 3 * 200_000_000


def test_what_an_earlier_session_kept_is_looked_for_in_its_transcript(capped: Home) -> None:
    """Booked, but nobody was told so: the next session brings it again, and it is the same call."""
    second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    kept = record(1, at=f"{second}.974Z")
    capped.ask("ModBook", calls=[kept])
    path = Path(capped.env["HOME"]) / ".claude" / "projects" / "-tmp-p" / f"{UUID}.jsonl"
    path.parent.mkdir(parents=True)
    used = {"input_tokens": 50_000, "output_tokens": 0}
    row = assistant("msg_1", session=UUID, used=used, model=OPUS, ts=f"{second}.960Z")
    append(path, {**row, "requestId": kept["request_id"]})
    with closing(capped.ledger()) as db:
        ingest.meter(db, str(path), time.time_ns() // 1_000_000, prices.load())
    assert capped.spent() == 200_000_000
    other = "22222222-2222-3333-4444-555555555555"
    assert capped.ask("ModBook", session_id=other, calls=[kept])["booked"] is True
    assert capped.spent() == 200_000_000


def test_an_odd_record_takes_no_other_with_it(capped: Home) -> None:
    """What cannot be stored is left out, alone."""
    odd = [record(2, model="\ud800"), record(3, at=[]), record(4, **{"session.id": 5})]
    assert capped.ask("ModBook", calls=[record(1), *odd, {"request_id": 7}])["booked"] is True
    assert capped.spent() >= 200_000_000


def test_a_ledger_that_another_holds_is_judged_as_it_was(capped: Home) -> None:
    """What cannot be booked is kept by the hand; a cap that is passed denies all the same."""
    capped.ask("ModBook", calls=[record(number) for number in range(4)])
    with closing(capped.ledger()) as other, Immediate(other):
        cheap, short = record(4, cost_usd_micros=1), {**FLIGHT, "bytes": 5_000}
        answer = capped.ask("ModGate", flight=short, flights=[short], calls=[cheap])
        assert answer["booked"] is False
        assert "deny" not in answer
        assert answer["grant"]["nano"] == 0
        answer = capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=[record(4)])
        assert "$0.80 and $0.20 not in the books of $1.00" in answer["deny"]
    assert capped.ask("ModBook", calls=[record(4)])["booked"] is True
    with closing(capped.ledger()) as other, Immediate(other):
        assert "$1.00" in capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["deny"]


def test_no_note_keeps_an_answer_back(capped: Home) -> None:
    """What cannot be noted of a step or a turn's end: the gate judges, the hand tells it again."""
    capped.ask("ModStart", version="2.1.332")
    with closing(capped.ledger()) as other, Immediate(other):
        assert capped.ask("ModStart", version="2.1.332")["enabled"] is True
        for name in ("ModAnswer", "ModFailed"):
            told = capped.ask(name, turn_id="t", model=OPUS, over=OPUS, agent_id="a", text="Done.")
            assert told["enabled"] is True
        step = capped.ask("ModStep", turn_id="t", model=OPUS, session_model=OPUS, prompt="list")
        assert step["kept"] is True
        assert "model" not in step
        assert step["grant"]["nano"] == 0
        used = {"input_tokens": 900, "output_tokens": 1}
        broken = [{"agent": "", "model": OPUS, "request_id": "req_1", "usage": used}]
        end = capped.ask("ModTurnEnd", broken=broken, gap_usd=0.01)
        assert end["unsettled"] is True
        assert "status" in end
    assert "unsettled" not in capped.ask("ModTurnEnd", broken=broken, gap_usd=0.01)
    assert capped.spent() == NANO // 100
    capped.ask("ModBook", unheld=1)
    log = next(capped.data.rglob("*.log")).read_text()
    assert "unheld: TimeoutError: one request was not held to the cap" in log


def test_a_refusal_that_nobody_judged_is_logged_by_the_next_question(capped: Home) -> None:
    """The module alone knows of it, and why: so that doctor can tell."""
    capped.ask("ModBook", barred=2, barred_by="no answer came in time")
    log = next(capped.data.rglob("*.log")).read_text()
    said = "2 requests were refused, for the cap could not be checked: no answer came in time"
    assert f"barred: TimeoutError: {said}" in log


def test_what_cannot_be_set_aside_is_judged_all_the_same(capped: Home) -> None:
    """Where nothing can be written: by the totals, what is under way, and what was let through."""
    capped.ask("ModBook", calls=[record(number) for number in range(3)])
    two = [{**FLIGHT, "at_ms": number} for number in range(2)]
    with closing(capped.ledger()) as other, Immediate(other):
        answer = capped.ask("ModGate", asked=two[:1], flights=[])
        assert answer["denies"] == [""]
        for flights in ([], two):  # those that wait stand among those under way, too
            answer = capped.ask("ModGate", asked=two, flights=flights)
            assert answer["denies"][0] == ""
            assert "cap" in answer["denies"][1]
            assert answer["waits"] == [False, True]
        answer = capped.ask("ModGate", asked=two[:1], flights=two)
        assert "cap" in answer["denies"][0]
        long = {**FLIGHT, "bytes": 4_000_000}
        answer = capped.ask("ModGate", asked=[long], flights=[])
        assert "$1.00" in answer["denies"][0]
        assert answer["waits"] == [False]
        assert answer["grant"]["nano"] == 0
    assert capped.ask("ModGate", asked=two[:1], flights=[])["denies"] == [""]


def test_a_ledger_that_another_holds_shuts_a_gate_that_fails_closed(capped: Home) -> None:
    """The user wants it so."""
    (capped.data / "config.toml").write_text('on_error = "closed"\n')
    capped.ask("ModStart", version="2.1.332")
    with closing(capped.ledger()) as other, Immediate(other):
        assert "on_error" in capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["deny"]
        assert capped.ask("ModTurn")["grant"]["nano"] == 0


@pytest.mark.parametrize(("on_error", "leave"), [("closed", False), ("open", True)])
def test_no_leave_is_given_for_a_gate_that_fails_closed(
    tmp_path: Path, on_error: str, *, leave: bool
) -> None:
    """A turn's beginning asks for none in particular: the request after it would go unasked."""
    home = Home(tmp_path)
    home.data.mkdir(exist_ok=True)
    (home.data / "config.toml").write_text(f'on_error = "{on_error}"\n')
    home.ask("ModStart", version="2.1.332")
    for file in home.data.glob("ledger.db*"):
        file.write_bytes(b"no database at all " * 400)
    assert bool(home.ask("ModTurn")["grant"]["nano"]) is leave
    answer = home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
    assert ("the ledger is damaged" in answer.get("deny", "")) is not leave


@pytest.mark.parametrize("main", ["advise", "auto", "off"])
def test_advice_is_a_line_and_nothing_else(capped: Home, main: str) -> None:
    """An everyday prompt in an Opus session: `auto` sends it to Sonnet, `advise` says so alone."""
    config = Path(capped.env["CHEAPROUTE_HOME"]) / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'[routing]\nmain = "{main}"\n')
    started = capped.ask("ModStart", version="2.1.332")
    assert ("main" in started["asks"]) is (main != "off")
    if main == "off":
        return
    asked = {"turn_id": "t1", "index": 0, "agent_id": "", "model": OPUS, "session_model": OPUS}
    easy = "List the names of the files in this folder."
    answer = capped.ask("ModStep", **asked, prompt=easy)
    assert ("model" in answer) is (main == "auto")
    assert ("line" in answer) is (main == "advise")
    with closing(capped.ledger()) as db:
        chosen = db.execute("SELECT model FROM loop WHERE agent = ''").fetchone()[0]
    assert chosen == ("sonnet" if main == "auto" else "")
    assert "line" not in capped.ask("ModStep", **{**asked, "turn_id": "t2"}, prompt=HARD)


HARD = (
    "Find out why two threads deadlock in the scheduler only under load, prove the lock order, "
    "and redesign it so that it cannot happen."
)


def test_the_figure_is_asked_for_again_while_history_is_read(tmp_path: Path) -> None:
    """In a first session it says how far that is, and when to ask again; then no more."""
    home = Home(tmp_path)
    first = home.ask("ModStart")
    assert "history 0 % read" in first["status"]
    assert first["again_ms"] > 0
    with closing(home.ledger()) as db:
        catch_up.begin(db, int(time.time() * 1000))
        meta.put(db, coverage.PROGRESS, f"40 {int(time.time() * 1000)}")
    assert "history 40 % read" in home.ask("ModBook")["status"]
    with closing(home.ledger()) as db:
        db.execute("DELETE FROM meta WHERE key = ?", (coverage.PROGRESS,))
        catch_up.whole(db, int(time.time() * 1000))
    last = home.ask("ModBook")
    assert "again_ms" not in last
    assert "history" not in last["status"]


def test_a_look_in_a_pause_tells_of_a_cap_and_writes_nothing(capped: Home) -> None:
    """What others wrote since shows; no file that the figure is made of changes by the look."""
    capped.ask("ModBook", calls=[record(1)], busy=False)
    first = capped.ask("ModFigure", busy=False)
    assert "of $1.00" in first["status"]
    with closing(capped.ledger()) as db:
        limits.put(db, {"month": 50 * NANO}, 2)

        def seen() -> list[tuple[int, int] | None]:
            found = [Path(path) for path in first["made"]]
            stats = [path.stat() if path.exists() else None for path in found]
            return [(at.st_mtime_ns, at.st_size) if at else None for at in stats]

        before = seen()
        second = capped.ask("ModFigure", busy=False)
        assert "of $50.00" in second["status"]
        assert set(second) == {"status", "made"}
        assert seen() == before
        assert before[2]


def burst(home: Home, count: int, **more: object) -> dict[str, Any]:
    """What so many agents are told that start at once."""
    flights = [{**FLIGHT, "bytes": 30_000, "agent": f"a{n}", **more} for n in range(count)]
    return home.ask("ModGate", asked=flights, flights=flights)


def test_agents_that_start_at_once_share_what_is_left(tmp_path: Path) -> None:
    """Each counts as what the session's calls cost of late: about as many leave as there is room.

    A call of $0.20 for its answer alone is booked, $0.80 is left: three of ten may go.
    """
    home = Home(tmp_path, NANO)
    home.ask("ModBook", calls=[record(1, input_tokens=100, output_tokens=8_000)])
    told = burst(home, 10)
    left = [not why for why in told["denies"]]
    assert 3 <= sum(left) <= 4, told
    assert left == sorted(left, reverse=True)
    assert told["waits"] == [not went for went in left]  # only what others hold is in the way
    assert "set aside" in told["denies"][-1]


def test_a_request_too_dear_by_itself_waits_for_nobody(tmp_path: Path) -> None:
    """What does not fit even into all that is left is refused at once."""
    home = Home(tmp_path, NANO)
    home.ask("ModBook", calls=[record(1, input_tokens=100, output_tokens=30_000)])
    told = burst(home, 2)
    assert all(told["denies"])
    assert told["waits"] == [False, False]


def test_far_from_the_cap_a_burst_goes_whole(tmp_path: Path) -> None:
    """Twenty agents leave at once where there is room for all of them."""
    home = Home(tmp_path, 100 * NANO)
    home.ask("ModBook", calls=[record(1, input_tokens=100, output_tokens=8_000)])
    assert not any(burst(home, 20)["denies"])


def test_a_first_request_counts_as_this_users_usually_do(tmp_path: Path) -> None:
    """In a session without an answer nine of ten of the model's calls had no longer one."""
    home = Home(tmp_path, 100 * NANO)
    other = {"session.id": "99999999-2222-3333-4444-555555555555", "output_tokens": 8_000}

    def held() -> int:
        burst(home, 1)
        with closing(home.ledger()) as db:
            rows = db.execute("SELECT sum(nano) FROM reservation WHERE purpose = 'request'")
            return int(rows.fetchone()[0])

    home.ask("ModBook", calls=[record(n, **other) for n in range(19)])
    before = held()
    home.ask("ModBook", calls=[record(19, **other)])
    assert held() - before == (8_000 - estimate.OUTPUT_TOKENS) * 20_000


def test_a_request_of_unknown_length_is_as_long_as_the_sessions_shortest(tmp_path: Path) -> None:
    """Where no request is heard (steps alone) an agent's first one is not taken for nothing."""
    home = Home(tmp_path, NANO)
    home.ask("ModBook", calls=[record(1), record(2, input_tokens=90_000)])
    told = burst(home, 10, bytes=0)
    assert sum(not why for why in told["denies"]) == 1


def told_at_the_end(home: Home, tmp_path: Path, calls: int) -> dict[str, Any]:
    """What the module is told at the end of a turn of so many calls."""
    transcript = tmp_path / f"{UUID}.jsonl"
    transcript.write_text("")
    home.ask("ModBook", calls=[record(number) for number in range(calls)])
    stop = {"transcript_path": str(transcript), "stop_hook_active": False}
    return home.ask("ModStop", stop=stop)


def test_a_turn_s_end_is_told_by_the_module(capped: Home, tmp_path: Path) -> None:
    """What the hook would have said of a threshold is the answer's line, and once."""
    line = told_at_the_end(capped, tmp_path, 3)["line"]
    assert line.startswith("60 % of the monthly cap")
    assert "line" not in told_at_the_end(capped, tmp_path, 0)


def test_a_turn_that_passed_the_cap_ends_with_the_word_of_it(capped: Home, tmp_path: Path) -> None:
    """Its hook was spared, far from the cap as the turn began: who asks instead says it."""
    line = told_at_the_end(capped, tmp_path, 9)["line"]
    assert line.startswith("Monthly cap reached: $1.80 of $1.00 in ")
    assert "cheaproute cap raise" in line


def test_the_first_step_of_a_turn_brings_a_leave(capped: Home) -> None:
    """One start for the model and the gate; a subagent's step sets nothing aside."""
    step = {"turn_id": "t", "index": 0, "model": OPUS, "session_model": OPUS}
    assert capped.ask("ModStep", agent_id="", **step)["grant"]["nano"] > 0
    assert "grant" not in capped.ask("ModStep", agent_id="a1", **step)


def test_a_leave_knows_requests_of_which_nothing_is_known(capped: Home) -> None:
    """By model and length, as if all of it were written to the cache: never less than the gate."""
    grant = capped.ask("ModStart", version="2.1.332")["grant"]
    price = grant["fresh"][OPUS]
    capped.ask("ModBook", calls=[record(1)])
    for size in (4_000, 80_000, 1_000_000):
        told = price["nano"] + max(0, size - price["bytes"]) * price["byte_nano"]
        assert told >= size // 4 * 5_000  # a token written for five minutes on Opus 5.5
    assert set(grant["fresh"]) >= {OPUS, "claude-haiku-5-5", "claude-sonnet-5-5"}


def test_answers_without_usage_end_a_leave(capped: Home) -> None:
    """What tells no usage cannot be counted: from the second on nothing goes without asking."""
    mute = {"input_tokens": 0, "cost_usd_micros": 0}
    assert capped.ask("ModBook", calls=[record(1, **mute)])["grant"]["nano"] > 0
    told = capped.ask("ModBook", calls=[record(2, **mute)])
    assert told["grant"]["nano"] == 0
    assert "deny" not in told
    assert "no usage" in capped.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["deny"]


def test_a_prompts_hook_is_spared_while_half_of_every_cap_is_left(capped: Home) -> None:
    """Nearer to a cap it says before the prompt is gone, and in better words, what holds."""
    assert "user_prompt_submit" in capped.ask("ModStart")["passes"]
    assert "user_prompt_submit" in capped.ask("ModBook", calls=[record(1)])["passes"]
    told = capped.ask("ModBook", calls=[record(number) for number in range(2, 6)])
    assert "post_tool_batch" in told["passes"]
    assert "user_prompt_submit" not in told["passes"]


def test_hooks_are_passed_over_only_where_all_is_well(capped: Home) -> None:
    """A desktop's notification is the hook's alone, and so is what is told of trouble."""
    assert "stop" in capped.ask("ModStart", version="2.1.332")["passes"]
    (capped.data / "config.toml").write_text("[cap]\nmonth_usd = 1\nnotify = true\n")
    assert "stop" not in capped.ask("ModBook")["passes"]
    with closing(capped.ledger()) as db:
        db.execute("DROP TABLE loop")
    assert capped.ask("ModBook", calls=[record(7)])["passes"] == ""


def test_what_the_module_books_is_learned_from(capped: Home) -> None:
    """The hour's sum and a call's usual cost, whichever hand booked it."""
    capped.ask("ModBook", calls=[record(1)])
    with closing(capped.ledger()) as db:
        assert db.execute("SELECT sum(cost_nano) FROM hour_total").fetchone()[0] == 200_000_000
        assert db.execute("SELECT dearest_nano FROM pace").fetchone()[0] == 200_000_000


def test_how_full_a_plan_is_comes_with_a_booking(tmp_path: Path) -> None:
    """What the client knows of a subscriber's windows is kept and stands in the figure."""
    home = Home(tmp_path)
    home.env |= {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-x"}
    del home.env["ANTHROPIC_API_KEY"]
    soon = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 7200))
    told = [
        {"kind": "five_hour", "percentUsed": 42.4, "resetsAt": soon},
        {"kind": "seven_day", "percentUsed": 13, "resetsAt": soon},
        {"kind": "spend_limit", "percentUsed": 99},
    ]
    assert "5 h 42 % · week 13 %" in home.ask("ModBook", windows=told)["status"]
    wrong = [{"kind": 5, "resetsAt": soon}]
    oddities: tuple[object, ...] = ([], {}, [None], [{"kind": "five_hour"}], wrong)
    for odd in oddities:
        assert "5 h 42 %" in home.ask("ModBook", windows=odd)["status"]


def test_a_question_that_is_too_long_books_nothing_and_the_hand_keeps_it(capped: Home) -> None:
    """Of eight megabytes only the head is read: what went with them is asked for again."""
    answer = capped.ask("ModStep", prompt="x" * 8_000_000, calls=[record(1)])
    assert answer["booked"] is False
    assert capped.spent() == 0
    assert capped.ask("ModBook", calls=[record(1)])["booked"] is True
    assert capped.spent() == 200_000_000


def test_what_had_no_room_in_a_question_is_spent_all_the_same(capped: Home) -> None:
    """The records behind the first five hundred come later; the gate knows what they cost."""
    asked = {"asked": [FLIGHT], "flights": [], "calls": [record(1)]}
    assert capped.ask("ModGate", **asked)["denies"] == [""]
    assert "cap reached" in capped.ask("ModGate", **asked, later_micros=800_000)["denies"][0]
