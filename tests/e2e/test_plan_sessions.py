"""What the plan writes, in the real client: where contexts are compacted, and taken back."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.api import Api, Reply, Request
from tests.cli.test_plan_histories import steady, write
from tests.e2e.client import NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd
from tests.e2e.test_mod_pauses import FIRST, Leave, asked_of, leave, main_requests
from tests.e2e.test_plan import cheaproute
from tests.marks import in_long

__all__ = ["leave"]  # a fixture

pytestmark = pytest.mark.parametrize("version", [NEWEST])

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
# The last one is what the client would write itself when it is told to ask for nothing.
SETTINGS = (
    b'{\n\t"permissions": {"allow": [ ]},\r\n\t"cleanupPeriodDays" : 3.0e1,'
    b' "skipDangerousModePermissionPrompt":true\n}'
)


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize(
    "module",
    [
        pytest.param(True, id="module"),
        pytest.param(False, id="no module"),
    ],
)
def test_a_session_is_compacted_where_the_plan_says(
    machine: Machine, api: Api, tmp_path: Path, *, module: bool
) -> None:
    """Below the planned window nothing is; past it the next prompt goes on from a summary.

    Every dollar of it is in the ledger, and `plan undo` leaves both files as they were.
    """
    settings = Path(machine.home, ".claude/settings.json")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_bytes(SETTINGS)
    config = Path(machine.home, ".config/cheaproute/config.toml")
    machine.write(".config/cheaproute/config.toml", f"[mod]\nenabled = {json.dumps(module)}\n")
    before = config.read_bytes()
    write(tmp_path / "history" / "p", list(steady(random.Random("steady"))))
    cheaproute(machine, "import", str(tmp_path / "history"))
    cheaproute(machine, "plan", "apply", "window", "--yes")
    tokens = json.loads(settings.read_bytes())["autoCompactWindow"] - 33_000
    sizes = iter([tokens - 40_000, tokens - 1_000, tokens + 1_000])
    spent = machine.costs()["total_usd"]

    def answers(request: Request) -> Reply:
        if "<summary>" in request.text:
            return Reply("<summary>A word, and a retry.</summary>", usage=used(9_000))
        return Reply("Done. " + "word " * 400, usage=used(next(sizes, 9_000)))

    def used(prompt: int) -> dict[str, int]:
        return {
            "input_tokens": 10,
            "output_tokens": 600,
            "cache_creation_input_tokens": prompt - 10,
            "cache_read_input_tokens": 0,
        }

    api.script = answers
    plugin = copy(str(tmp_path / "plugin"))
    with machine.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
        tui.ready()
        for place, prompt in enumerate((FIRST, "And now?", "And then?")):
            tui.type(prompt)
            tui.wait(lambda _screen: len(main_requests(api)) > place)  # noqa: B023
            tui.settle()
        assert not any("<summary>" in one.text for one in main_requests(api))
        tui.type("And at last?")
        tui.wait(lambda _screen: len(main_requests(api)) == 5)
        tui.settle()
    *_, summed, last = main_requests(api)
    assert "<summary>" in summed.text
    assert "A word, and a retry." in last.text
    assert "And at last?" in last.text
    assert last.text.count("Done. word") <= 1  # the client keeps the last answer
    found = machine.costs()["total_usd"] - spent
    assert found == pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    cheaproute(machine, "plan", "undo")
    assert (settings.read_bytes(), config.read_bytes()) == (SETTINGS, before)


@pytest.mark.parametrize(
    ("prompt", "author", "models"),
    [
        ("New task: write a changelog for the website.", "haiku", [HAIKU, OPUS]),
        in_long("And now?", "haiku", [OPUS]),
    ],
    ids=["unrelated", "goes on"],
)
def test_unrelated_work_begins_in_a_small_context(
    machine: Machine, api: Api, leave: Leave, prompt: str, author: str, models: list[str]
) -> None:
    """Warm and below any window: only a prompt that begins something else is compacted for."""
    left = leave(task_tokens=100_000, handover=author)
    options = ("--plugin-dir", left.plugin, "--resume", left.session)
    done = machine.run(prompt, *options, plugin=False, model="opus")
    assert done.text.startswith("Done."), done
    assert asked_of(api) == models
    (asked,) = main_requests(api)
    assert prompt in asked.text
    assert ("goes on from a hand-over" in asked.text) is (HAIKU in models)
    booked = {row["model"] for row in machine.costs()["by_model"]}
    assert booked == {OPUS, *models}
