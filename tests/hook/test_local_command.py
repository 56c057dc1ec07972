"""The prompt is a console for exact forms, and for nothing else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.hook import local_command
from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.hook.events import user_prompt_submit
from cheaproute.ledger import intern, store
from tests import ledgers
from tests.ledgers import NOW_MS

COMMANDS = [
    "cheaproute costs", "cheaproute costs week", "cheaproute costs 2026-02", "!cheaproute costs",
    "cheaproute costs since 2026-02-01", "cheaproute costs models all", "/cheaproute costs today",
    "cheaproute costs --by model --since 7d", "cheaproute costs --project shop week",
    "cheaproute cap", "cheaproute cap show", "cheaproute cap set 50", "cheaproute cap set $50",
    "cheaproute cap set --month 50 --day 5", "cheaproute cap raise 10 --until-reset",
    "cheaproute cap raise 0.2 --session 1 --until-reset", "cheaproute cap raise 5 --session",
    "cheaproute cap unset --day", "cheaproute cap suggest", "cheaproute why", "cheaproute why 3",
    "cheaproute why ab12cd34", "cheaproute flag ab12cd34 good", "cheaproute import",
    'cheaproute route "find all callers of x"', "cheaproute help", "cheaproute doctor",
    "cheaproute config get cap.month_usd", "cheaproute prices", "cheaproute plan",
]  # fmt: skip
PROMPTS = [
    "/costs endpoint returns 500, find out why",
    "cheaproute cap raise the limit in config.py to 50",
    "cheaproute cap raise 50 is what the docs say",
    "cheaproute cap raise limit",
    "cheaproute costs more than I thought, why?",
    "cheaproute costs\nexplain this",
    "cheaproute why did you route this to haiku",
    "cheaproute why not",
    "cheaproute import fails with an error",
    "cheaproute is a plugin; explain how it works",
    "cheaproute", "cheaproutes costs", "cheaproute-docs costs",
    "cheaproute route is broken, please fix",
    "cheaproute config get a life",
    "cheaproute cap set --month 50 --month 60",
    "cheaproute flag day good",
    "cheaproute doctor who",
    "cheaproute uninstall", "cheaproute rebuild", "cheaproute cap raise 10 --until-resetgo on",
    "explain `cheaproute costs`", 'cheaproute route "unclosed',
]  # fmt: skip


@pytest.mark.parametrize("prompt", COMMANDS)
def test_a_whole_form_is_a_command(prompt: str) -> None:
    """Every reading command, and the few that a user at the cap needs, as they are typed."""
    words = local_command.split(prompt)
    assert words is not None
    assert local_command.recognised(words)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_anything_else_goes_to_the_model(prompt: str, tmp_path: Path) -> None:
    """A question that begins like a command is a question."""
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}
    context = Context(env, NOW_MS)
    event = Event({"hook_event_name": "UserPromptSubmit", "prompt": prompt, "cwd": "/"})
    assert user_prompt_submit.handle(event, context) is None
    context.close()


@pytest.mark.parametrize(
    "words", ["raise 10", "raise 10 --for-good", "unset", "set 60", "finish 5", "suggest --apply"]
)
@pytest.mark.parametrize("entrypoint", ["cli", "sdk-cli", ""])
def test_a_prompt_can_tighten_and_never_loosen(tmp_path: Path, words: str, entrypoint: str) -> None:
    """Nobody knows who typed it: a schedule of the repository's, the model, a person."""
    env = {
        "HOME": str(tmp_path),
        "CHEAPROUTE_HOME": str(tmp_path / "data"),
        "PATH": "/usr/bin",
        "CLAUDE_CODE_ENTRYPOINT": entrypoint,
    }

    def typed(prompt: str) -> str:
        context = Context(env, NOW_MS)
        event = Event({"prompt": prompt, "cwd": str(tmp_path), "session_id": "s1"})
        told = local_command.said(event, context) or ""
        context.close()
        return told

    assert "$50.00" in typed("cheaproute cap set 50")
    assert "$40.00" in typed("cheaproute cap set 40")
    with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        intern.session_id(db, "s1")
        ledgers.add_call(db, "a", NOW_MS // 86_400_000, cost_nano=30 * 10**9)
    refused = typed(f"cheaproute cap {words}")
    assert "only you can allow more" in refused
    assert "config.toml" in refused
    assert "of $40.00" in typed("cheaproute cap")
