"""Low effort for what is surely a lookup: by proof, and never over a person's word."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.client import command_line
from cheaproute.ledger.query import efforts
from tests.hook.mod.test_questions import OPUS, UUID, Home

LOOKUP = "List every file that mentions the ledger, with line numbers."
HARD = "Find the root cause of the deadlock between the writers and the cache."
PROMPT = "show me the git log"
SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5"
KEPT, LOST = efforts.Changes(20, 20, 0), efforts.Changes(20, 20, 3)
Asked = dict[str, Any]


class Someone:
    """A user with the module, and what the ledger knows of their caches."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch, **routing: str) -> None:
        self.place = place
        self.home = Home(place)
        self.words = ["claude"]
        self.seen = KEPT
        monkeypatch.setattr(command_line, "command", lambda: self.words)
        monkeypatch.setattr(efforts, "of", lambda *_: self.seen)
        told = {"main": "auto", "ask": "off", **routing}
        lines = "".join(f'{name} = "{value}"\n' for name, value in told.items())
        self.write("data/config.toml", f"[routing]\n{lines}")
        self.home.ask("ModStart", version="2.1.332")

    def write(self, path: str, text: str) -> None:
        """Write a file below the home."""
        (self.place / path).parent.mkdir(parents=True, exist_ok=True)
        (self.place / path).write_text(text)

    def prompt(self, prompt: str = PROMPT, turn: str = "t1", **more: object) -> Asked:
        """The answer to the first request of a prompt's turn."""
        asked: Asked = {
            "turn_id": turn,
            "index": 0,
            "agent_id": "",
            "model": OPUS,
            "effort": "medium",
        }
        asked |= {"session_model": OPUS, "prompt": prompt, "before": "Done.", "by_hand": False}
        return self.home.ask("ModStep", **{**asked, **more})

    def agent(self, model: str = SONNET, prompt: str = LOOKUP, **more: object) -> Asked:
        """The answer to the first request of a subagent that the main model asked `model` for."""
        task = {
            "tool_use_id": "toolu_1",
            "type": "general-purpose",
            "description": "",
            "prompt": prompt,
            "model": model,
            "parent_model": OPUS,
            "fork": False,
            "shared": False,
        }
        asked: Asked = {
            "turn_id": "a1",
            "agent_id": "x1",
            "model": model or OPUS,
            "effort": "medium",
        }
        asked |= {"session_model": OPUS, "own_effort": "", "task": task}
        return self.home.ask("ModStep", **{**asked, **more})


@pytest.fixture
def someone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Someone:
    """Whose ledger shows that the cache is kept."""
    return Someone(tmp_path, monkeypatch)


def test_a_lookup_thinks_less_and_nothing_else_does(someone: Someone) -> None:
    """A prompt's turn and a subagent's that stays on its model; a hard one has its own effort."""
    assert someone.prompt()["effort"] == "low"
    assert "effort" not in someone.prompt(HARD, "t2")
    assert someone.agent()["effort"] == "low"
    with closing(someone.home.ledger()) as db:
        ((reason,),) = db.execute("SELECT reason FROM dispatch")
    assert reason.endswith("; at low effort")


def test_a_hard_subagent_has_its_own(someone: Someone) -> None:
    """Whatever the model it is asked for on."""
    assert "effort" not in someone.agent(prompt=HARD)


def test_what_goes_to_haiku_has_its_own(someone: Someone) -> None:
    """Less thinking saves nothing to speak of there, and would stay if it went up."""
    answer = someone.agent(model="", prompt=LOOKUP)
    assert answer["model"] == HAIKU
    assert "effort" not in answer


def test_it_is_the_same_for_the_whole_turn(someone: Someone) -> None:
    """A hand that forgot is told the same again; the next turn begins anew."""
    someone.prompt()
    assert someone.prompt(index=1, prompt="")["effort"] == "low"
    assert "effort" not in someone.prompt(HARD, "t2")
    assert "effort" not in someone.prompt("", "t2", index=1)


@pytest.mark.parametrize(
    ("setting", "seen", "expected"),
    [
        ("auto", KEPT, True),
        ("auto", efforts.Changes(20, 19, 0), False),
        ("auto", LOST, False),
        ("try", efforts.Changes(), True),
        ("try", LOST, False),
        ("off", KEPT, False),
    ],
)
def test_the_ledger_decides(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    seen: efforts.Changes,
    *,
    expected: bool,
) -> None:
    """Off until it shows that the cache is kept; tried by a word; never once it is lost."""
    someone = Someone(tmp_path, monkeypatch, effort=setting)
    someone.seen = seen
    assert ("effort" in someone.prompt()) is expected
    assert ("effort" in someone.agent()) is expected


@pytest.mark.parametrize(
    "settings",
    [
        {"effortLevel": "medium"},
        {"modelSettings": {"claude-opus-5-5": {"effortLevel": "medium"}}},
        {"modelSettings": "odd"},
        {"env": {"CLAUDE_CODE_EFFORT_LEVEL": "medium"}},
        None,  # cannot be read
    ],
)
def test_what_the_settings_name_is_a_person_s(
    someone: Someone, settings: dict[str, object] | None
) -> None:
    """The client's usual level, too: whoever wrote it down wants it."""
    text = "{" if settings is None else json.dumps(settings)
    someone.write(".claude/settings.json", text)
    assert "effort" not in someone.prompt()
    assert "effort" not in someone.agent()


def test_settings_of_other_things_are_not(someone: Someone) -> None:
    """A ceiling, a window."""
    told = {"maxEffortLevel": "high", "modelSettings": {OPUS: {"autoCompactWindow": 200_000}}}
    someone.write(".claude/settings.json", json.dumps(told))
    assert someone.prompt()["effort"] == "low"


@pytest.mark.parametrize(
    "words",
    [
        ["claude", "--effort", "medium"],
        ["claude", "--effort=medium"],
        ["claude", "-p", "--input-format", "stream-json"],  # a program: it may set one unseen
        [],  # cannot be seen
    ],
)
def test_what_the_command_line_names_is_a_person_s(someone: Someone, words: list[str]) -> None:
    """Or what nobody can tell of."""
    someone.words = words
    assert "effort" not in someone.prompt()


@pytest.mark.parametrize("name", ["CLAUDE_CODE_EFFORT_LEVEL", "CLAUDE_CODE_SUBAGENT_EFFORT"])
def test_a_variable_is_a_person_s(someone: Someone, name: str) -> None:
    """Of the main loop's or of subagents'."""
    someone.home.env[name] = "medium"
    assert "effort" not in someone.agent()


@pytest.mark.parametrize("level", ["high", "xhigh", "max", "low", ""])
def test_another_level_than_the_usual_is_a_person_s(someone: Someone, level: str) -> None:
    """Whoever set it: and it stays theirs when they go back to the usual one."""
    assert "effort" not in someone.prompt(effort=level)
    later = someone.prompt(turn="t2")
    assert ("effort" in later) is (level == "")  # of a model that takes none it says nothing


def test_a_level_chosen_in_the_session_is_a_person_s(someone: Someone) -> None:
    """`/effort medium` is a word, too, in this session, and after the module began anew."""
    assert "effort" not in someone.prompt(by_hand=True)
    assert "effort" not in someone.prompt(turn="t2", by_hand=False)


@pytest.mark.parametrize("own", ["medium", "high", None])
def test_an_agent_s_own_effort_stands(someone: Someone, own: str | None) -> None:
    """By its definition or its call; where the client does not know the agent, too."""
    assert "effort" not in someone.agent(own_effort=own)


def test_a_client_that_does_not_tell_of_an_agent_s_own(someone: Someone) -> None:
    """Its subagents are left alone; its main loop is not."""
    someone.home.ask("ModStart", version="2.1.322")
    assert "effort" not in someone.agent()
    assert someone.prompt()["effort"] == "low"


def test_only_said_where_only_that_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`routing.main = "advise"` changes nothing of a turn."""
    answer = Someone(tmp_path, monkeypatch, main="advise").prompt()
    assert "effort" not in answer
    assert "model" not in answer


def test_what_ran_is_booked_with_its_effort(someone: Someone) -> None:
    """As the client's record tells it."""
    record = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "session.id": UUID,
        "request_id": "req_011CQabcdefghij00000001",
        "model": OPUS,
        "input_tokens": 10,
        "output_tokens": 5,
        "query_source": "sdk",
        "effort": "low",
    }
    someone.home.ask("ModBook", calls=[record])
    with closing(someone.home.ledger()) as db:
        ((mode,),) = db.execute("SELECT mode FROM call")
    assert mode.endswith(",low")
