"""The main loop's model turn by turn, with a stand-in for the judge of prompts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import EVERY, LATEST, bill_usd, run
from tests.e2e.tui import Tui

OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-5-5"
JUDGE = """
class TurnState:
    def __init__(self, tier="", struggles=0):
        self.tier, self.struggles = tier, struggles

class Judged:
    def __init__(self, tier, struggle):
        self.tier, self.struggle, self.is_open, self.newtask = tier, struggle, False, False
        self.confidence, self.features, self.category = 1.0, {}, "other"
        self.reason = "hard: it says so" if tier == "opus" else "everyday work"

def decide_turn(text, before="", state=None):
    return Judged("opus" if "PROVE" in text else "haiku", "did not work" in text)
"""


@pytest.fixture
def plugin(machine: Machine, tmp_path: Path) -> str:
    """A copy whose judge is a table, for a user who wants the main loop chosen."""
    machine.write(".config/cheaproute/config.toml", '[routing]\nmain = "auto"\n')
    place = copy(str(tmp_path / "plugin"))
    Path(place, "cheaproute", "routing", "turns.py").write_text(JUDGE)
    return place


def asked(api: Api, machine: Machine, plugin: str, prompt: str, *options: str) -> tuple[str, str]:
    """(the session, the model of the last request) of one prompt."""
    result = run(machine, plugin, prompt, *options)
    assert result.text == "Done.", result.text
    return result.session, api.models[-1]


@EVERY
def test_turns_run_on_what_they_need(machine: Machine, api: Api, plugin: str) -> None:
    """Everyday work on Sonnet, a hard ask on the session's Opus, trouble twice goes up."""
    session, model = asked(api, machine, plugin, "tidy the list")
    assert model == SONNET
    on = ("--resume", session)
    assert asked(api, machine, plugin, "PROVE the theorem", *on)[1] == OPUS
    assert asked(api, machine, plugin, "that did not work", *on)[1] == SONNET
    assert asked(api, machine, plugin, "it did not work again", *on)[1] == OPUS
    told = json.loads(machine.cheaproute("why", "--json").stdout)
    assert [(one["reason"], one["model"]) for one in told] == [
        ("everyday work", None), ("everyday work", SONNET),
        ("hard: it says so", None), ("everyday work", SONNET),
    ]  # fmt: skip
    report = machine.costs()
    assert report["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    usage = {"input_tokens": 1000, "output_tokens": 100}
    saved = 0.006 - scripts.cost(SONNET, usage)
    assert report["saved_usd"] == pytest.approx(2 * saved, abs=1e-6)


@pytest.mark.long
@LATEST
def test_a_model_that_a_prompt_asks_for(machine: Machine, api: Api, plugin: str) -> None:
    """A prompt's "use opus" is the user's word for its turn; a cheaper one's name is none."""
    session, model = asked(api, machine, plugin, "have the script use haiku")
    assert model == SONNET
    on = ("--resume", session)
    assert asked(api, machine, plugin, "Tidy the list, but use Opus.", *on)[1] == OPUS


@pytest.mark.long
@EVERY
@pytest.mark.parametrize("first", ["tidy the list", "/cheaproute:cheap tidy the list"])
def test_a_resumed_session_is_on_its_own_model(
    machine: Machine, api: Api, plugin: str, first: str
) -> None:
    """The client takes up the last answer's model: chosen for one turn, or by nobody."""
    if first.startswith("/"):
        machine.write(".config/cheaproute/config.toml", '[routing]\nmain = "off"\n')
    asked(api, machine, plugin, first)
    assert api.models[-1] != OPUS

    def goes_on(prompt: str, *options: str) -> str:
        machine.client("-p", "-c", prompt, "--plugin-dir", plugin, *options)
        return api.models[-1]

    assert goes_on("PROVE the theorem") == OPUS
    assert goes_on("PROVE it anew", "--model", "sonnet") == SONNET
    assert goes_on("PROVE it once more") == SONNET
    report = machine.costs()
    assert report["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@LATEST
def test_a_terminal_that_takes_a_session_up_says_on_which_model(
    machine: Machine, api: Api, plugin: str
) -> None:
    """Once, under the first answer; a model picked by hand since is the user's word."""
    session, _ = asked(api, machine, plugin, "tidy the list")
    on = ("--dangerously-skip-permissions", "--plugin-dir", plugin, "--resume", session)
    words = [machine.claude, *on]
    models = []
    with Tui(words, machine.project, machine.env) as tui:
        tui.ready()
        tui.settle()
        for number, typed in enumerate(("PROVE it", "PROVE more", "/model sonnet", "PROVE all")):
            tui.type(typed)
            if not typed.startswith("/"):
                tui.wait(lambda shown, most=number: shown.count("Done.") >= min(most + 2, 4))  # type: ignore[misc]
                models.append(api.models[-1])
            screen = tui.settle()
    assert models == [OPUS, OPUS, SONNET]
    assert screen.count("this session goes on with claude-opus-5-5") == 1


@EVERY
def test_a_model_by_hand_is_the_users_word(machine: Machine, api: Api, plugin: str) -> None:
    """A session that goes on with another model than it began with is left alone."""
    session, model = asked(api, machine, plugin, "tidy the list")
    assert model == SONNET
    result = run(machine, plugin, "tidy more", "--resume", session, model="fable")
    assert result.text == "Done."
    assert "fable" in api.models[-1]


@pytest.mark.long
@EVERY
def test_a_404_goes_on_in_the_same_turn(machine: Machine, api: Api, plugin: str) -> None:
    """Sonnet is not there: the session's own model answers, and Sonnet rests."""

    def script(request: Request) -> Reply:
        return Reply(status=404) if request.model == SONNET else Reply()

    api.script = script
    session, model = asked(api, machine, plugin, "tidy the list")
    assert model == OPUS
    tried = api.models.count(SONNET)
    assert tried > 0
    assert asked(api, machine, plugin, "tidy more", "--resume", session)[1] == OPUS
    assert api.models.count(SONNET) == tried
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@pytest.mark.long
@EVERY
def test_a_session_whose_main_loop_is_left_alone(machine: Machine, api: Api, plugin: str) -> None:
    """`cheaproute routing off`, typed in it, and `on`: each is answered without a request."""
    models: list[str] = []
    with machine.talk("--plugin-dir", plugin, plugin=False) as say:
        for typed in ("", "cheaproute routing off", "cheaproute routing on"):
            if typed:
                say(typed)
            assert len(api.calls) == len(models)
            assert say("tidy the list") == "Done."
            models.append(api.models[-1])
    assert models == [SONNET, OPUS, SONNET]


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@LATEST
def test_a_terminal_whose_main_loop_is_left_alone(machine: Machine, api: Api, plugin: str) -> None:
    """The same by `/cheaproute routing off`; the next session's is chosen for."""
    models: list[str] = []
    with machine.begun(plugin) as tui:
        for number, typed in enumerate(("", "/cheaproute routing off"), 1):
            if typed:
                tui.type(typed)
                tui.wait("its own model")
                tui.settle()
            tui.type(f"tidy list {number}")
            tui.wait(lambda shown, count=number: shown.count("Done.") >= count)  # type: ignore[misc]
            tui.settle()
            models.append(api.models[-1])
    assert models == [SONNET, OPUS]
    assert asked(api, machine, plugin, "tidy the list")[1] == SONNET


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@LATEST
def test_a_line_names_its_turn_where_another_prompt_was_queued(
    machine: Machine, api: Api, plugin: str
) -> None:
    """Under the next prompt it speaks of the turn before, in its own place of this one."""
    api.script = lambda request: Reply("Done.", delay_s=0 if "PROVE" in request.text else 3)
    with machine.begun(plugin) as tui:
        tui.type("tidy the list")
        tui.settle(0.5)
        tui.type("PROVE the theorem")
        tui.wait(lambda shown: shown.count("Done.") >= 2 and "ran on Sonnet" in shown)
        before, _, after = tui.settle().rpartition("PROVE the theorem")
    assert api.models[-1] == OPUS
    assert "this turn ran on Sonnet" not in after
    assert "the turn before ran on Sonnet" not in before
    assert (before + after).count("ran on Sonnet") == 1


@pytest.mark.long
@LATEST
def test_plan_mode_stays_on_the_sessions_model(machine: Machine, api: Api, plugin: str) -> None:
    """Whatever the prompt looks like: what is thought out there is the work."""
    options = ("--model", "opus", "--plugin-dir", plugin, "--output-format", "json")
    for mode, model in (("plan", OPUS), ("acceptEdits", SONNET)):
        done = machine.client("-p", "tidy the list", *options, "--permission-mode", mode)
        assert '"Done."' in done.stdout, done
        assert api.models[-1] == model, mode


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@LATEST
def test_an_open_session_goes_by_the_setting(machine: Machine, api: Api, plugin: str) -> None:
    """Once it is off, the next prompt runs on the session's own model."""
    models: list[str] = []
    with machine.begun(plugin) as tui:
        for number, main in enumerate(("", "off"), 1):
            if main:
                machine.cheaproute("config", "set", "routing.main", main)
            tui.type(f"tidy list {number}")
            tui.wait(lambda shown, count=number: shown.count("Done.") >= count)  # type: ignore[misc]
            tui.settle()
            models.append(api.models[-1])
    assert models == [SONNET, OPUS]
