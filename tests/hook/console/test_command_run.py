"""A command typed in the client that allows more: refused, with the dialog that may allow it."""

from __future__ import annotations

import json
import re
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap import limits, periods
from cheaproute.cap import state as states
from cheaproute.cap.typed import afterwards
from cheaproute.config import paths
from cheaproute.config.venv import spawn
from cheaproute.hook import history
from cheaproute.hook.main import respond
from cheaproute.money import NANO
from tests.hook.mod.test_questions import FLIGHT, UUID, Home, record
from tests.ledgers import add_call
from tests.transcripts import append, assistant

TYPED = ["cheaproute cap raise 10", "cheaproute cap finish 2", "cheaproute cap unset"]


def asked(place: Path, typed: str, **more: object) -> tuple[Home, dict[str, Any]]:
    """The brain's answer to a command, typed as a prompt in a session of one turn."""
    home = Home(place, NANO)
    home.ask("ModStart", version="2.1.332")
    return home, home.ask("ModCommand", **{"prompt": typed, "origin": "composer", **more})


@pytest.mark.parametrize("typed", TYPED)
def test_a_dialog_is_offered_for_what_was_refused(tmp_path: Path, typed: str) -> None:
    """It names the command and the caps as they stand; its code is in what is drawn alone."""
    home, answer = asked(tmp_path, typed)
    assert "only you can allow more" in answer["text"]
    assert typed in answer["question"]
    assert "monthly cap $0.00 of $1.00" in answer["question"]
    assert re.fullmatch(r"[bcdfghmrstvwxz]{4}", answer["code"])  # no number of a choice
    assert answer["code"] in answer["hint"]
    others = [answer["question"], answer["header"], *answer["options"], answer["text"]]
    assert not [text for text in others if answer["code"] in text]
    assert home.ask("ModCommand", prompt=typed, origin="composer")["caps"] == {"month": NANO}


@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("raise 10", {"monthly": "11.00", "daily": "12.00"}),
        ("raise 10 --month", {"monthly": "11.00"}),
        ("raise 10 month", {"monthly": "11.00"}),
        ("raise --month 40 --day 0.5", {"monthly": "41.00", "daily": "2.50"}),
        ("raise 5 --month --day --for-good", {"monthly": "6.00", "daily": "7.00"}),
        ("raise 3 --session", {"session": "7.00"}),
        (f"raise 3 --session {UUID[:8]} --month 40", {"session": "7.00", "monthly": "41.00"}),
        ("raise 3 --session 0badc0de", {}),
        ("set 30", {"monthly": "30.00"}),
        ("set day 30", {"daily": "30.00"}),
        ("set --month 30 --day 5", {"monthly": "30.00", "daily": "5.00"}),
        ("unset", {}),
    ],
)
def test_a_dialog_says_what_the_caps_will_be(
    tmp_path: Path, words: str, then: dict[str, str]
) -> None:
    """Behind each cap that changes, and behind no other; another session's is not known here."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    with closing(home.ledger()) as db:
        add_call(db, "m", int(time.time()) // 86_400, cost_nano=2 * NANO)
        limits.put(db, {"day": 2 * NANO, "session": 4 * NANO}, int(time.time() * 1_000))
        state = states.state(db, 1, int(time.time() * 1_000))
    found = afterwards.limits(["cap", *words.split()], state, UUID)
    assert {periods.ADJECTIVES[name]: f"{nano / NANO:.2f}" for name, nano in found.items()} == then
    if words == "raise 10 --month":
        question = home.ask("ModCommand", prompt=f"cheaproute cap {words}", origin="composer")
        assert "monthly cap $2.00 of $1.00 -> $11.00, daily cap" in question["question"]


def test_a_refused_view_has_room_for_the_name_before_it(tmp_path: Path) -> None:
    """The client writes `cheaproute: ` in front of the first line: it breaks in no other place."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    said = home.ask("ModCommand", command="cheaproute", args="costs nonsense", columns=80)["text"]
    first, second = said.splitlines()[:2]
    assert "is no view, day or span" in said
    assert len(f"cheaproute: {first}") < 80
    assert len(f"{first} {second.split()[0]}") > 80 - len("cheaproute: ") - 10


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("today --json", '"total_usd":'),
        ("--by model", "By model"),
        ("today --by nonsense", "--by cannot be `nonsense`"),
    ],
)
@pytest.mark.parametrize("command", ["costs", "cheaproute"])
def test_a_view_takes_the_options_of_the_command_line(
    tmp_path: Path, command: str, args: str, said: str
) -> None:
    """`/costs today --json` is `cheaproute costs today --json`, and says itself what is wrong."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    given = args if command == "costs" else f"costs {args}"
    assert said in home.ask("ModCommand", command=command, args=given, columns=80)["text"]


def test_without_the_module_a_views_options_are_known_too(tmp_path: Path) -> None:
    """The hook answers; a question that has one in it is the model's."""
    home = Home(tmp_path, NANO)

    def answered(prompt: str) -> str:
        event = {"session_id": UUID, "cwd": str(tmp_path), "prompt": prompt}
        return respond("user_prompt_submit", json.dumps(event).encode(), home.env).decode()

    assert "total_usd" in answered("/costs today --json")
    assert answered("/costs what does the option --json of this tool do") == ""


def test_the_modules_view_says_what_open_calls_may_add(tmp_path: Path) -> None:
    """As the command line does: it is told the prices."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    with closing(home.ledger()) as db:
        for n in range(30):
            day = int(time.time()) // 86_400
            add_call(db, f"m{n}", day, final=int(n > 0), tokens=(10, n and 1_000, 0, 0, 0))
    said = " ".join(home.ask("ModCommand", command="costs", args="", columns=100)["text"].split())
    assert "only the start of the answer is on record. Likely about $" in said


def test_the_view_has_the_limit_that_was_just_written(tmp_path: Path) -> None:
    """By hand, in config.toml, while the session is idle: it is judged by from then on."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    with closing(home.ledger()) as db:
        add_call(db, "m", int(time.time()) // 86_400, cost_nano=2 * NANO)
    config = Path(paths.config_file(home.env))
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[cap]\nmonth_usd = 5\n")
    assert "of $5.00" in home.ask("ModBook", busy=False)["status"]
    assert "of $5.00" in home.ask("ModCommand", command="costs", args="", columns=100)["text"]


@pytest.mark.parametrize("origin", ["sdk", "plugin", "scheduled-trigger", "bridge", ""])
def test_no_dialog_where_nobody_typed(tmp_path: Path, origin: str) -> None:
    """A schedule, another module, a script: refused as before."""
    _, answer = asked(tmp_path, TYPED[0], origin=origin)
    assert "only you can allow more" in answer["text"]
    assert "code" not in answer


@pytest.mark.parametrize(
    "typed", ["cheaproute cap", "cheaproute cap set 0.5", "cheaproute cap raise"]
)
def test_no_dialog_for_what_is_not_refused(tmp_path: Path, typed: str) -> None:
    """Showing, tightening, and what the command itself does not understand."""
    assert "code" not in asked(tmp_path, typed)[1]


def test_a_confirmation_counts_in_the_clients_own_terminal_alone(tmp_path: Path) -> None:
    """The word alone, which whoever can start a hook can say, allows nothing."""
    home, answer = asked(tmp_path, TYPED[0], confirmed=True)
    assert "only you can allow more" in answer["text"]
    assert "code" not in answer
    assert home.ask("ModBook")["caps"] == {"month": NANO}


@pytest.mark.parametrize(
    ("version", "entrypoint", "told"),
    [
        ("2.1.332", "cli", True),
        ("2.1.321", "cli", True),
        ("2.1.320", "cli", False),
        ("", "cli", False),
        ("odd", "cli", False),
        ("2.1.332", "sdk-py", False),
        ("2.1.332", "claude-vscode", False),
    ],
)
def test_a_refusal_names_the_way_where_a_dialog_is_shown(
    tmp_path: Path, version: str, entrypoint: str, *, told: bool
) -> None:
    """A prompt's, a batch's, a request's; in the terminal's client with the module."""
    home = Home(tmp_path, NANO)
    home.env["CLAUDE_CODE_ENTRYPOINT"] = entrypoint
    home.ask("ModStart", version=version)
    home.ask("ModBook", calls=[record(number) for number in range(6)])
    event = {"hook_event_name": "UserPromptSubmit", "session_id": UUID, "prompt": "go on"}
    prompt = json.loads(respond("user_prompt_submit", json.dumps(event).encode(), home.env))
    event["hook_event_name"] = "PostToolBatch"
    batch = json.loads(respond("post_tool_batch", json.dumps(event).encode(), home.env))
    request = home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
    for said in (prompt["reason"], batch["stopReason"], request["deny"]):
        assert "in a terminal of your own: " in said
        assert ("\nOr type it here: /cheaproute cap raise 0.5 (in an empty line)" in said) == told


def test_where_the_plugin_came_into_a_session_the_history_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the first command, or by the module alone: once, and no sum there claims to be whole."""
    started: list[str] = []

    def start(_env: object, code: str, _cwd: str) -> bool:
        started.append(code)
        return True

    monkeypatch.setattr(spawn, "start", start)
    for name, how in (
        ("ModBook", {}),
        ("ModCommand", {"command": "costs", "columns": 100}),
        ("UserPromptSubmit", {"prompt": "/costs"}),
    ):
        place = tmp_path / name
        home = Home(place)
        projects = place / ".claude" / "projects" / "p"
        projects.mkdir(parents=True)
        append(projects / "s.jsonl", assistant("m1"))
        if name != "UserPromptSubmit":
            home.ask("ModStart", busy=False)
        assert not started
        for _ in range(2):
            event = {"hook_event_name": name, "session_id": UUID, "cwd": str(place), **how}
            handler = "user_prompt_submit" if name == "UserPromptSubmit" else "mod"
            said = respond(handler, json.dumps(event).encode(), home.env).decode()
        assert started == [history._CATCH_UP]
        started.clear()
        if name != "ModBook":
            assert "Reading your history: 0 %. The sums here still grow." in said
        assert "nothing spent" not in said
        assert "cheaproute import" not in said


def test_a_command_that_got_no_answer_is_logged_by_the_next_question(tmp_path: Path) -> None:
    """The hand alone knows of it: what it was to answer never came, or was ended."""
    home = Home(tmp_path, NANO)
    home.ask("ModStart", version="2.1.332")
    home.ask("ModBook", missed="no answer came in time")
    log = Path(paths.log_file(home.env)).read_text()
    assert "mod.command: TimeoutError: a command: no answer came in time" in log
