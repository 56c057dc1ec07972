"""The main loop's model: a switch only where it pays, and nobody's own choice is touched."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cheaproute import client
from cheaproute.cli.doctor import ledger as doctors
from cheaproute.cli.main import main
from cheaproute.client import command_line
from cheaproute.hook.main import respond
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.hook.mod.test_questions import OPUS, UUID, Home, record
from tests.transcripts import append, assistant

SONNET, HAIKU, FABLE = "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2"
EASY = "List the names of the files in this folder."
LOOKUP = "List every file that mentions the ledger, with line numbers."
SEATS = {"step": True, "fetch": True, "log": True}


def home(tmp_path: Path, **routing: object) -> Home:
    """A user who has the main loop's model chosen, in a session of the module."""
    found = Home(tmp_path)
    found.data.mkdir(exist_ok=True)
    told = {"main": "auto", "ask": "off", **routing}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())
    (found.data / "config.toml").write_text(f"[routing]\n{lines}")
    found.ask("ModStart", version="2.1.332")
    return found


def chosen(at: Home, turn: str = "t1", **more: object) -> str:
    """The model of an everyday prompt's turn in an Opus session; "" for its own."""
    asked = {"turn_id": turn, "index": 0, "agent_id": "", "model": OPUS, "session_model": OPUS}
    return str(at.ask("ModStep", **{**asked, "prompt": EASY, **more}).get("model", ""))


def read_up(at: Home, minutes: int, **written: int) -> None:
    """An answer on Opus so long ago, that read 300,000 tokens from its cache."""
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60 * minutes))
    told = {"input_tokens": 0, "output_tokens": 100, "cache_read_tokens": 300_000, **written}
    at.ask("ModBook", calls=[record(1, at=when, **told)])


HOUR = {
    "cache_creation_tokens": 10, "cache_creation_1h_tokens": 10, "cache_creation_5m_tokens": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "written", "expected"),
    [(1, {}, ""), (20, {}, SONNET), (20, HOUR, ""), (70, HOUR, SONNET)],
    ids=["warm", "cold", "warm for an hour", "cold after it"],
)
def test_a_warm_cache_forbids_a_switch_that_does_not_pay(
    tmp_path: Path, minutes: int, written: dict[str, int], expected: str
) -> None:
    """To write 300,000 tokens for another model costs more than to read them for this one."""
    at = home(tmp_path)
    read_up(at, minutes, **written)
    assert chosen(at) == expected


NOTICE = """<task-notification>
<task-id>a1</task-id>
<status>completed</status>
<summary>Agent "look" came to rest. The user can resume it. It says: an edge case fails,
debug it, then change the lock between the threads and show the tests.</summary>
</task-notification>"""


@pytest.mark.parametrize(("prompt", "expected"), [(EASY, SONNET), ("Find the deadlock.", "")])
def test_what_ended_in_the_background_asks_for_nothing(
    tmp_path: Path, prompt: str, expected: str
) -> None:
    """The client's own word on it, and what an agent says there, leave the turn where it was."""
    at = home(tmp_path)
    assert chosen(at, "t1", prompt=prompt) == expected
    assert chosen(at, "t2", prompt=NOTICE) == expected
    with closing(at.ledger()) as db:
        (why,) = db.execute("SELECT reason FROM turn_choice WHERE turn = 't2'").fetchone()
    assert why.startswith("goes on as before")


@pytest.mark.parametrize(
    ("keep", "expected"),
    [(["opus"], ""), ([OPUS], ""), (["fable", "opus-5-5"], ""), (["fable"], SONNET), ([], SONNET)],
)
def test_a_model_that_is_to_be_kept_is(tmp_path: Path, keep: list[str], expected: str) -> None:
    """`routing.main_keep` names models of the main loop that are left alone."""
    assert chosen(home(tmp_path, main_keep=keep)) == expected


@pytest.mark.parametrize(
    "more",
    [{"model": SONNET}, {"model": FABLE}, {"model": HAIKU}, {"session_model": FABLE}],
    ids=["a skill's", "a dearer skill's", "a skill's Haiku", "by hand"],
)
def test_a_skill_s_own_model_is_left(tmp_path: Path, more: dict[str, object]) -> None:
    """A turn that runs on another model than the session's: whoever chose it meant it."""
    at = home(tmp_path)
    assert chosen(at) == SONNET
    assert chosen(at, "t2", **more) == ""
    assert chosen(at, "t3") == SONNET


@pytest.mark.parametrize(
    ("own", "expected"), [(OPUS, HAIKU), (SONNET, ""), (FABLE, ""), ("claude-opus-5-1", "")]
)
def test_an_agent_s_own_model_is_left(tmp_path: Path, own: str, expected: str) -> None:
    """What begins on another model than its parent, and was not asked for on it, has its own."""
    task = {
        "tool_use_id": "toolu_1", "type": "general-purpose", "description": "", "prompt": LOOKUP,
        "model": "", "parent_model": OPUS, "fork": False, "shared": False,
    }  # fmt: skip
    asked = {"turn_id": "a1", "agent_id": "x1", "model": own, "session_model": OPUS}
    at = home(tmp_path)
    assert str(at.ask("ModStep", **asked, task=task, seats=SEATS).get("model", "")) == expected


def dispatched(at: Home, tool: str = "Agent") -> Any:
    """What `PreToolUse` says of a lookup that is sent out from Opus."""
    path = Path(at.env["HOME"]) / ".claude" / "projects" / "-tmp-p" / f"{UUID}.jsonl"
    if not path.exists():
        path.parent.mkdir(parents=True)
        append(path, assistant("msg_1", model=OPUS, session=UUID))
    event = {
        "hook_event_name": "PreToolUse", "session_id": UUID, "cwd": "/tmp/p",  # noqa: S108
        "transcript_path": str(path), "tool_name": tool, "tool_use_id": "toolu_9",
        "tool_input": {"prompt": LOOKUP, "description": "", "subagent_type": "Explore"},
    }  # fmt: skip
    said = respond("pre_tool_use", json.dumps(event).encode(), at.env)
    return json.loads(said) if said else None


@pytest.mark.parametrize("tool", ["Agent", "Task"])
def test_the_hook_is_silent_beside_a_live_module(tmp_path: Path, tool: str) -> None:
    """It counts what was called; the model is chosen at the first request, once."""
    at = home(tmp_path)
    at.ask("ModBook", seats=SEATS)
    assert dispatched(at, tool) is None
    with closing(at.ledger()) as db:
        assert db.execute("SELECT count(*) FROM dispatch WHERE action != ''").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM call").fetchone() == (1,)


def test_the_hook_chooses_where_the_module_rests(tmp_path: Path) -> None:
    """The very same call, once the module has told that it does nothing any more."""
    at = home(tmp_path)
    at.ask("ModBook", seats=SEATS, resting=True)
    assert dispatched(at)["hookSpecificOutput"]["updatedInput"]["model"] == "haiku"


def test_a_record_s_split_and_speed_are_booked(tmp_path: Path) -> None:
    """Writes for five minutes and for an hour have prices of their own, and so has `fast`."""
    at = home(tmp_path)
    used = {
        "input_tokens": 1_000, "output_tokens": 100, "cache_read_tokens": 5_000,
        "cache_creation_tokens": 3_000, "cache_creation_5m_tokens": 1_000,
        "cache_creation_1h_tokens": 2_000,
    }  # fmt: skip
    told = (
        record(1, **used, cost_usd_micros=28_000),
        record(2, **used, speed="fast", cost_usd_micros=56_000),
    )
    at.ask("ModBook", calls=told)
    with closing(at.ledger()) as db:
        rows = db.execute(
            "SELECT write_5m, write_1h, instr(mode, 'fast') > 0, cost_nano FROM call ORDER BY id"
        ).fetchall()
    plain = 1_000 * 4_000 + 100 * 20_000 + 5_000 * 200 + 1_000 * 5_000 + 2_000 * 8_000
    fast = 1_000 * 8_000 + 100 * 40_000 + 5_000 * 400 + 1_000 * 10_000 + 2_000 * 16_000
    assert rows == [(1_000, 2_000, 0, plain), (1_000, 2_000, 1, fast)]


@pytest.mark.parametrize("first", ["before", "after"])
@pytest.mark.parametrize("transcript", ["first", "between", "last"])
def test_two_copies_after_a_reload_book_a_record_once(
    tmp_path: Path, first: str, transcript: str
) -> None:
    """The one from before it tells what it still has, the new one what it heard, in any order."""
    at = home(tmp_path)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told = [record(number, at=now) for number in range(4)]
    hands = {"before": told[:3], "after": told[1:]}
    path = Path(at.env["HOME"]) / ".claude" / "projects" / "-tmp-p" / f"{UUID}.jsonl"
    path.parent.mkdir(parents=True)
    used = {"input_tokens": 50_000, "output_tokens": 0}
    rows = [assistant(f"msg_{n}", session=UUID, used=used, model=OPUS, ts=now) for n in range(4)]
    for row, one in zip(rows, told, strict=True):
        append(path, {**row, "uuid": one["request_id"], "requestId": one["request_id"]})

    def count() -> None:
        with closing(at.ledger()) as db:
            ingest.meter(db, str(path), time.time_ns() // 1_000_000, prices.load())

    order = [first, "after" if first == "before" else "before"]
    if transcript == "first":
        count()
    at.ask("ModBook", calls=hands[order[0]])
    at.ask("ModStart", version="2.1.332")  # the reload
    if transcript == "between":
        count()
    at.ask("ModGate", calls=hands[order[1]], flight={"model": OPUS, "bytes": 9}, flights=[])
    at.ask("ModBook", calls=hands[order[0]])
    if transcript == "last":
        count()
    assert at.spent() == 4 * 200_000_000
    with closing(at.ledger()) as db:
        assert db.execute("SELECT count(*) FROM call").fetchone() == (4,)


def test_the_doctor_says_why_the_client_s_own_cost_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An older client's prices, a gateway that answers with another model; no word of the rest."""
    at = home(tmp_path)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told = [
        record(1, at=now),
        record(2, at=now, model=SONNET, cost_usd_micros=150_000),
        record(3, at=now),
    ]
    at.ask("ModBook", calls=told)
    path = Path(at.env["HOME"]) / ".claude" / "projects" / "-tmp-p" / f"{UUID}.jsonl"
    path.parent.mkdir(parents=True)
    used = {"input_tokens": 50_000, "output_tokens": 0}
    row = assistant(
        "msg_3", session=UUID, used=used, model=HAIKU, ts=now, requestId=told[2]["request_id"],
        requestedModel=OPUS,
    )  # fmt: skip
    append(path, row)
    with closing(at.ledger()) as db:
        ingest.meter(db, str(path), time.time_ns() // 1_000_000, prices.load())
    monkeypatch.setattr("cheaproute.cli.doctor.command.CHECKS", [doctors.ledger])
    monkeypatch.setenv("CHEAPROUTE_HOME", str(at.data))
    main(["doctor", "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    said = {one["what"] for one in findings if "the client says" in one["what"]}
    assert len(said) == 2
    (old,) = (one for one in said if SONNET in one)
    (gateway,) = said - {old}
    assert "the client says $0.15, the list $0.10: its prices are older" in old
    assert f"it asked for {OPUS}, and a gateway answered with {HAIKU}" in gateway


def test_why_tells_the_reason_of_a_turn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everyday work, a hard ask, a user's own word: each turn says why it ran where it did."""
    at = home(tmp_path)
    monkeypatch.setenv("CHEAPROUTE_HOME", str(at.data))
    assert chosen(at) == SONNET
    assert chosen(at, "t2", prompt="Find the root cause of the deadlock between workers.") == ""
    assert chosen(at, "t3", prompt="Tidy the list, but use Opus.") == ""
    assert main(["why", "--json"]) == 0
    told = {one["reason"].split(":")[0] for one in json.loads(capsys.readouterr().out)}
    assert told == {"a lookup", "hard", "the prompt asks for it"}
    assert main(["why"]) == 0
    assert "hard: debug: says" in capsys.readouterr().out


def test_why_names_the_model_that_was_chosen_for_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`/cheap` had it run there; it was not left on the session's own."""
    at = home(tmp_path)
    for name, value in at.env.items():
        monkeypatch.setenv(name, value)
    assert chosen(at, model=HAIKU) == ""
    assert main(["why"]) == 0
    head, why = capsys.readouterr().out.splitlines()[:2]
    assert head.endswith(f"left on {HAIKU}")
    assert why.strip() == "chosen by hand or by a skill"


def test_what_was_done_while_no_line_was_wanted_is_not_told_later(tmp_path: Path) -> None:
    """`show` is set back to `line`: the next line is its own turn's."""
    at = home(tmp_path)
    config = at.data / "config.toml"
    routing = config.read_text()
    for show in ("line", "quiet"):
        config.write_text(f'show = "{show}"\n{routing}')
        assert chosen(at, show) == SONNET
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        call = record(len(show), model=SONNET, at=when, input_tokens=10, output_tokens=10)
        told = at.ask("ModTurnEnd", calls=[call], seen_ms=0)
        assert ("ran on Sonnet" in told.get("line", "")) == (show == "line")
    config.write_text(f'show = "line"\n{routing}')
    assert "line" not in at.ask("ModTurnEnd", seen_ms=told["seen_ms"])


def test_what_is_kept_of_a_turn_to_learn_from(tmp_path: Path) -> None:
    """Features by names of our own, the odds, what came of it; no word of the prompt."""
    at = home(tmp_path)
    assert chosen(at, prompt="List the names of the Zanzibar files.") == SONNET
    more = {"prompt": "That did not work, the same error again.", "before": "Done, it works now."}
    chosen(at, "t2", **more)
    with closing(at.ledger()) as db:
        rows = db.execute("SELECT * FROM turn_choice ORDER BY ts_ms").fetchall()
    assert [row[-1] for row in rows] == ["trouble", ""]
    kept = dict(pair.split("=") for row in rows for pair in row[-2].split())
    assert kept["is:task"] == "1000"
    assert all(0 < float(row[5]) <= 1 and row[3] == OPUS for row in rows)
    assert "zanzibar" not in str(rows).lower()


HARD = "Why does the checkout drop an item? Debug the race."


@pytest.fixture
def taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Home]:
    """A session on Opus whose last turn ran on Sonnet, taken up by another client on Sonnet."""

    def begin(words: tuple[str, ...] = (), **routing: object) -> Home:
        at = home(tmp_path, **routing)
        answered = record(1, model=SONNET)
        at.ask("ModBook", session_model=OPUS, calls=[answered])
        monkeypatch.setattr(client, "pid", os.getpid)
        monkeypatch.setattr(command_line, "command", lambda: ["claude", "-c", *words])
        at.ask("ModStart", version="2.1.332", session_model=SONNET)
        return at

    return begin


def on(at: Home, prompt: str, turn: str, **more: object) -> dict[str, Any]:
    """The answer to a turn's first request in the client that took the session up."""
    asked = {"turn_id": turn, "index": 0, "agent_id": "", "model": SONNET}
    return at.ask("ModStep", **{"session_model": SONNET, "prompt": prompt, **asked, **more})


@pytest.mark.parametrize("main", ["auto", "off", "advise"])
def test_a_resumed_session_goes_on_with_its_own_model(
    taken_up: Callable[..., Home], main: str
) -> None:
    """The client takes the model of the last answer, which nobody chose for what comes."""
    at = taken_up(main=main)
    assert "main" in at.ask("ModBook", session_model=SONNET)["asks"]
    first = on(at, HARD, "t1")
    assert first["model"] == OPUS
    assert first["line"] == f"this session goes on with {OPUS}: {SONNET} ran its last turn alone"
    again = on(at, HARD, "t2")
    assert (again["model"], "line" in again) == (OPUS, False)
    easy = on(at, EASY, "t3")["model"]
    assert easy == (SONNET if main == "auto" else OPUS)


@pytest.mark.parametrize("how", ["flag", "hand", "other"])
def test_a_model_that_was_named_is_the_sessions_own(
    taken_up: Callable[..., Home], how: str
) -> None:
    """By `--model` as it is resumed, or `/model` since: the same one or another."""
    at = taken_up(words=("--model", "sonnet") if how == "flag" else ())
    told: dict[str, object] = {}
    if how == "hand":
        told = {"named": True}
    if how == "other":
        told = {"session_model": HAIKU, "model": HAIKU}
    assert "model" not in on(at, HARD, "t1", **told)
    if how == "other":  # and back by hand: it is no longer what the client took up
        assert "model" not in on(at, HARD, "t2")


def test_a_session_that_goes_on_in_its_client_has_the_model_it_is_told(tmp_path: Path) -> None:
    """Where no other client took it up a model that differs is somebody's word."""
    at = home(tmp_path)
    at.ask("ModBook", session_model=OPUS, calls=[record(1, model=SONNET)])
    at.ask("ModStart", version="2.1.332", session_model=SONNET)
    assert "model" not in on(at, HARD, "t1")
