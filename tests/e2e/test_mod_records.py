"""Which requests the client tells a module of: those without a record are the ones of the table."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cheaproute.ledger import store
from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, NEWEST
from tests.e2e.conftest import OWN_HOSTS
from tests.e2e.hands import copy, plugin_beside
from tests.e2e.kinds import MARK, USAGE, said
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd
from tests.e2e.test_mod_terminal import Subscriber
from tests.e2e.ways_fresh_played import control

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("tmux")]
EVERY = pytest.mark.parametrize("version", [FIRST_FETCH, NEWEST])
# A module of somebody else's that notes each record.
NOTES = """
const noted = async ($, e, next) => {
  await $.process.run(["/bin/sh", "-c", "cat >>'LOG'; echo >>'LOG'"], { stdin: JSON.stringify(e) })
  return next(e)
}
export const register = on => { on("telemetry.log", { to: "collector" }, noted) }
"""
# All that asks for a model: so the client makes what it else leaves out behind a gateway.
ALL = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "",
    "CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION": "1",
    "CLAUDE_CODE_ENABLE_AWAY_SUMMARY": "1",
}
ASIDE = ("/btw what is this?", "/recap", "/rename", "/insights", "/compact")
SOURCES = {
    "repl_main_thread", "generate_session_title", "prompt_suggestion", "side_question",
    "away_summary", "rename_generate_name", "insights", "compact",
}  # fmt: skip
REACHES = {"api.anthropic.com:443", "raw.githubusercontent.com:443"}  # by itself, in vain


def asked(machine: Machine, place: Path, *typed: str) -> dict[str, str]:
    """What each request was for that a record told of, by its id, after a terminal's session."""
    log = place / "noted"
    beside = plugin_beside(place / "other", NOTES.replace("LOG", str(log)))
    options = ("--plugin-dir", copy(str(place / "plugin")), "--plugin-dir", beside)
    with machine.tui(*options, plugin=False, model="opus") as tui:
        tui.ready()
        tui.settle()
        for text in typed:
            tui.type(text)
            tui.settle(4)
            if text.startswith("/"):
                tui.key("Escape")
                tui.settle()
    machine.api.outside[:] = set(machine.api.outside) - REACHES
    noted = [json.loads(line)["attributes"] for line in log.read_text().splitlines() if line]
    return {one["request_id"]: one["query_source"] for one in noted if "query_source" in one}


def booked(machine: Machine, usd: float) -> None:
    """That much is in the books, and after the transcripts were read, too."""
    for _ in range(2):
        assert machine.costs()["total_usd"] == pytest.approx(usd, abs=1e-6)
        assert machine.cheaproute("import").returncode == 0


@EVERY
def test_what_a_person_asks_beside_the_conversation_has_a_record_each(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Titles, suggestions, commands: told by the id they are billed under, and booked."""
    api.script = lambda _request: said()
    told = asked(replace(machine, extra=ALL), tmp_path, "look at it", "go on", *ASIDE, "after that")
    assert {one.request_id for one in api.bill} == set(told)
    assert set(told.values()) == SOURCES
    booked(machine, bill_usd(api.bill))


@EVERY
def test_a_subscribers_look_at_the_quota_is_told_nowhere(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """One token, as a terminal begins, of no tools and one word: the rest has a record each."""
    api.script = lambda _request: said()
    user = Subscriber(machine.home, machine.project, machine.claude, api, ALL)
    told = asked(user, tmp_path, "look at it", "go on")
    untold = [one for one in api.bill if one.request_id not in told]
    looks = [one for one in api.calls if one.body["max_tokens"] == 1]
    assert len(untold) == len(looks) == 1
    assert looks[0].body["messages"] == [{"role": "user", "content": "quota"}]
    booked(user, bill_usd(one for one in api.bill if one not in untold))


@pytest.mark.parametrize("version", [NEWEST])
def test_a_line_on_what_an_agent_does_has_a_record(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Which a program may ask for: each half minute a request with all that the agent has."""

    def works(request: Request) -> Reply:
        if "branch name" in request.text:  # the question for the line
            return Reply("Reading the tests", usage=USAGE)
        if request.tool_results < 3:
            return Reply("", [scripts.bash(f"sleep 11; echo {request.tool_results}")], USAGE)
        return said("Found.")

    agent = scripts.agent("look", "AGENT look")
    main = scripts.turns(Reply("", [agent], USAGE), said())
    api.script = scripts.conversations(main, works, MARK)
    asks = control("initialize", agentProgressSummaries=True)
    options = ("--plugin-dir", copy(str(tmp_path / "plugin")))
    with machine.talk(*options, plugin=False, begins=asks) as say:
        assert "Said." in say(f"{MARK} look")
    with closing(store.connect(f"{machine.data}/ledger.db")) as db:
        lines = db.execute("SELECT count(*) FROM call WHERE purpose = 'agent_summary'").fetchone()
    assert lines[0] >= 1
    booked(machine, bill_usd(api.bill))


# With these Claude Code's server has notes made of each turn, and has them tidied.
FLAGS = {
    "tengu_passport_quail": True,
    "tengu_onyx_plover": {"enabled": True, "minHours": 1e-6, "minSessions": 1},
}


@pytest.mark.parametrize("version", [NEWEST])
def test_notes_that_are_made_of_a_conversation_have_a_record_each(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """And their tidying, which wants an earlier session: as the flags say that the client keeps."""
    api.script = lambda _request: said()
    machine.run("an earlier one", plugin=False)
    for file, more in (
        (".claude.json", {"cachedGrowthBookFeatures": FLAGS, "cachedFeatureFlags": FLAGS}),
        (".claude/settings.json", {"autoDreamEnabled": True, "autoMemoryEnabled": True}),
    ):
        path = Path(machine.home, file)
        path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | more))
    machine.extra = {**ALL, "DISABLE_TELEMETRY": ""}
    before = len(api.bill)
    told = asked(machine, tmp_path, "look at it", "go on")
    assert {one.request_id for one in api.bill[before:]} == set(told)
    assert {"extract_memories", "auto_dream"} <= set(told.values())
    machine.cheaproute("import")
    booked(machine, bill_usd(api.bill))
    assert set(api.outside) <= OWN_HOSTS | REACHES  # where telemetry may be sent
    api.outside.clear()
