"""One word leaves a session's main loop on its own model; its opposite undoes it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from tests.hook.mod.test_questions import HARD, OPUS, UUID, Home

EASY = "List the names of the files in this folder."
SONNET = "claude-sonnet-5-5"
OTHER = "99999999-2222-3333-4444-555555555555"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Whose settings have the main loop's model chosen, in a session of the module."""
    found = Home(tmp_path)
    found.data.mkdir()
    (found.data / "config.toml").write_text('[routing]\nmain = "auto"\n')
    found.ask("ModStart", version="2.1.332")
    monkeypatch.setenv("CHEAPROUTE_HOME", str(found.data))
    return found


def chosen(home: Home, turn: str, session: str = UUID, **more: object) -> str:
    """The model that an everyday prompt of a session on Opus is put on, "" for its own."""
    asked = {"turn_id": turn, "index": 0, "agent_id": "", "model": OPUS, "session_model": OPUS}
    answer = home.ask("ModStep", **{**asked, "prompt": EASY, "session_id": session, **more})
    assert "effort" not in answer
    return str(answer.get("model", ""))


def typed(home: Home, words: str, session: str = UUID) -> str:
    """What the client shows of a command typed as a prompt."""
    asked = {"prompt": f"cheaproute {words}", "origin": "composer", "session_id": session}
    return " ".join(str(home.ask("ModCommand", **asked)["text"]).split())


def test_the_word_holds_for_the_session_until_its_opposite(home: Home) -> None:
    """From the next prompt on, in this session alone: one that `/clear` begins is routed."""
    assert chosen(home, "t1") == SONNET
    said = typed(home, "routing off")
    assert "this session runs on its own model" in said
    assert "`/clear`" in said
    assert "Its subagents still go to the model that their task needs" in said
    assert "`cheaproute routing on` undoes it" in said
    assert chosen(home, "t2") == ""
    assert typed(home, "routing").startswith("This session runs on its own model (")
    home.ask("ModStart", version="2.1.332")  # resumed
    assert chosen(home, "t3") == ""
    assert chosen(home, "t1", OTHER) == SONNET
    assert "the model is chosen turn by turn" in typed(home, "routing on")
    assert chosen(home, "t4") == SONNET


def test_the_way_back_is_noted(home: Home) -> None:
    """What a turn runs on is its own again in the ledger, too: nothing is booked as saved."""
    chosen(home, "t1")
    typed(home, "routing off")
    chosen(home, "t2")
    db = home.ledger()
    row = db.execute("SELECT turn, model, base FROM loop WHERE agent = ''").fetchone()
    db.close()
    assert row == ("t2", "", OPUS)


@pytest.mark.parametrize("words", ["why", "costs", "routing", "routing show"])
def test_it_is_told_where_one_would_look(home: Home, words: str) -> None:
    """And nowhere before it was typed, nor in another session."""
    assert "own model" not in typed(home, words)
    typed(home, "routing off")
    assert "`cheaproute routing on`" in typed(home, words)
    assert "own model" not in typed(home, words, OTHER)


def test_the_costs_command_tells_it(home: Home) -> None:
    """`/costs` and `/costs why`; a list of models is about something else."""
    typed(home, "routing off")
    for args, told in (("", True), ("why", True), ("models", False)):
        said = home.ask("ModCommand", command="costs", args=args, columns=90)["text"]
        assert ("`cheaproute routing on`" in " ".join(said.split())) is told, args


def test_in_a_terminal_a_session_is_named(
    home: Home, ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Elsewhere it is not guessed which is meant."""
    del ledger
    assert main(["routing", "off"]) == 2
    assert "which session?" in capsys.readouterr().err
    assert main(["routing"]) == 0
    assert main(["routing", "off", "--session", UUID[:8]]) == 0
    assert f"session {UUID[:8]}" in capsys.readouterr().out
    assert chosen(home, "t1") == ""
    assert main(["routing", "--session", UUID[:8]]) == 0
    assert f"`cheaproute routing on --session {UUID[:8]}`" in capsys.readouterr().out
    assert main(["routing", "on", "--session", UUID[:8]]) == 0
    assert chosen(home, "t2") == SONNET


def test_a_models_shell_may_say_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It only leaves things as the client would do."""
    monkeypatch.setenv("CLAUDECODE", "1")
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", UUID)
    assert main(["routing", "off"]) == 0
    assert chosen(home, "t1") == ""
    assert chosen(home, "t2", prompt=HARD) == ""


def test_advice_is_silent_then(home: Home) -> None:
    """`routing.main = "advise"` says nothing of a model that is not wanted."""
    (home.data / "config.toml").write_text('[routing]\nmain = "advise"\n')
    asked = {"index": 0, "agent_id": "", "model": OPUS, "session_model": OPUS, "prompt": EASY}
    assert "line" in home.ask("ModStep", turn_id="t1", **asked)
    typed(home, "routing off")
    assert "line" not in home.ask("ModStep", turn_id="t2", **asked)
