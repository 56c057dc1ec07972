"""The prompt is a console for exact forms, and for nothing else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli import commands, export
from cheaproute.config import paths
from cheaproute.hook.console import forms, mistyped, typed
from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.hook.events import user_prompt_submit
from cheaproute.ledger import intern, store
from tests import ledgers
from tests.ledgers import NOW_MS

COMMANDS = [
    "Cheaproute Costs today", "Cheaproute  Costs yesterday.", "cheaproute cap finish",
    "cheaproute costs", "cheaproute costs week", "cheaproute costs 2026-02", "!cheaproute costs",
    "cheaproute costs since 2026-02-01", "cheaproute costs models all", "/cheaproute costs today",
    "cheaproute costs --by model --since 7d", "cheaproute costs --project shop week",
    "cheaproute cap", "cheaproute cap show", "cheaproute cap set 50", "cheaproute cap set $50",
    "cheaproute cap set 30 a day", "cheaproute cap set day 30", "cheaproute cap set 30/day",
    "cheaproute cap set 30 per month", "cheaproute cap set 30 daily", "cheaproute cap unset day",
    "cheaproute cap set --month 50 --day 5", "cheaproute cap raise 10 --until-reset",
    "cheaproute cap raise 0.2 --session 1 --until-reset", "cheaproute cap raise 5 --session",
    "cheaproute cap unset --day", "cheaproute cap suggest", "cheaproute why", "cheaproute why 3",
    "cheaproute why ab12cd34", "cheaproute flag ab12cd34 good", "cheaproute import",
    'cheaproute route "find all callers of x"', "cheaproute help", "cheaproute doctor",
    "cheaproute config get cap.month_usd", "cheaproute prices", "cheaproute plan",
    "Cheaproute costs yesterday", "cheaproute routing off", "/cheaproute routing on",
    "cheaproute routing", "cheaproute plan help", "cheaproute export --help",
    "cheaproute cap raise --month 40 --day 0.5", "cheaproute cap suggest --json",
    "cheaproute cap raise 5 --session 1 --month 40", "cheaproute cap raise --month 40",
    "cheaproute why KoktoiYv", "cheaproute limits", "/cheaproute limits",
]  # fmt: skip
PROMPTS = [
    "/costs endpoint returns 500, find out why",
    "cheaproute cap raise the limit in config.py to 50",
    "cheaproute cap raise 50 is what the docs say",
    "cheaproute costs more than I thought, why?",
    "cheaproute costs\nexplain this",
    "cheaproute why did you route this to haiku",
    "cheaproute why not",
    "cheaproute import fails with an error",
    "cheaproute is a plugin; explain how it works", "cheaproute is slow",
    "cheaproutes costs", "cheaproute-docs costs", "cheaproute plans cost money",
    "cheaproute route is broken, please fix",
    "cheaproute config get a life", "cheaproute why?", "cheaproute import fails",
    "cheaproute cap set 30 a while ago", "cheaproute cap set 30/minute is what I want",
    "cheaproute cap set it to what we agreed on", "cheaproute plan apply it to the other module",
    "cheaproute doctor who", "cheaproute routing off the main road is what I want",
    "cheaproute cap raise 10 --until-resetgo on", "cheaproute costs weak points, list them",
    "Cheaproute works", "Cheaproute works.", "Cheaproute cots", "Cheaproute costs me nerves.",
    "cheaproute costs\ncheaproute is slow", "cheaproute cap\n\nwhat is that?",
    "cheaproute fails | grep error", "cheaproute export the october report",
    "cheaproute set cap in config.py to 50 please", "cheaproute show me the plan",
    "cheapo route costs", "chearoute is misspelt in the docs", "checkout costs",
    "cheaproute costs endpoint returns 500, find out why", "cheaproute cap tests",
    "cheaproute is great, what does it do?", "cheaproute plan looks wrong, check the code",
    "cheaproute plan looks wrong", "cheaproute report the error to me please",
    "cheaproute import failing", "cheaproute report crashes", "cheaproute plan wrong",
    "cheaproute plan code review", "cheaproute plans fine", "cheaproute caps work",
    "cheaproute costs too much", "cheaproute explain routing", "cheaproute plan for tomorrow",
    "cheaproute plan next release", "cheaproute report html layout", "cheaproute works great",
    "cheaproute repo cleanup", "cheaproute fix import", "cheaproute test coverage",
    "cheaproute cap ignored", "cheaproute check this", "cheaproute why did it stop",
    "cheaproute statusline looks odd", "cheaproute doctor says no ledger",
    "cheaproute cap raise does nothing", "cheaproute cap bug in limits.py",
    "cheaproute review cap.py", "cheaproute install docs", "cheaproute config, explained",
    "explain `cheaproute costs`", 'cheaproute route "unclosed',
]  # fmt: skip

# Typed as a prompt, what is said, and whether the command itself says it.
MEANT = [
    ("cheaproute ask what is this", "`cheaproute ask` is for a terminal"),
    ("cheaproute cots", "did you mean `cheaproute costs`?"),
    ("cheaproute cots week", "did you mean `cheaproute costs week`?"),
    ("cheaproute set cap 50", "did you mean `cheaproute cap set 50`?"),
    ("cheaproute apply plan", "did you mean `cheaproute plan apply`?"),
    ("cheaproute show caps", "did you mean `cheaproute cap show`?"),
    ("cheaproute open report", "did you mean `cheaproute report --open`?"),
    ("cheaproute session c6533991", "did you mean `cheaproute costs session c6533991`?"),
    ("cheaproute status", "did you mean `cheaproute doctor`?"),
    ("cheaproute off", "`claude plugin disable cheaproute` switches it off"),
    ("cheaproute cap off", "`cheaproute cap off` is for a terminal"),
    ("cheaproute plan apply window cold-return", "`cheaproute plan apply` is for a terminal"),
    ("cheaproute plan undo main-model", "`cheaproute plan undo` is for a terminal"),
    ("chearoute costs", "no `chearoute`: did you mean `cheaproute costs`?"),
    ("cheapruote plan apply", "no `cheapruote`: did you mean `cheaproute plan apply`?"),
    ("cheaproute models", "did you mean `cheaproute costs models`?"),
    ("cheaproute sources", "did you mean `cheaproute costs sources`?"),
    ("cheaproute frobnicate", "`cheaproute help` lists them"),
    ("cheaproute cap rase 10", "did you mean `raise`?"),
    ("cheaproute flag 1f0233_0 god", "does not know `god`: did you mean `good`?"),
    ("cheaproute flag day good", "`cheaproute flag` does not know `day`: `cheaproute help flag`"),
    ("cheaproute report opn", "did you mean `--open`?"),
    ("cheaproute report everything", "does not know `everything`: `cheaproute help report`"),
    ("cheaproute config lst", "does not know `lst`: `cheaproute help config` says"),
    ("cheaproute config list", "does not know `list`: `cheaproute help config` says"),
    ("cheaproute config st show quiet", "does not know `st`: did you mean `set`?"),
    ("cheaproute cap raise limit", "`cheaproute cap` does not know `limit`"),
    ("cheaproute cap set fifty month", "`cheaproute cap` does not know `fifty`"),
    ("cheaproute cap set sesion 1", "does not know `sesion`: did you mean `session`?"),
    ("cheaproute plan apply windw", "does not know `windw`: did you mean `window`?"),
    ("cheaproute limits all", "does not know `all`: `cheaproute help limits`"),
    ("cheaproute routing maybe", "does not know `maybe`"),
    ("cheaproute doctr now", "did you mean `cheaproute doctor`?"),
    ("cheaproute csots tday", "did you mean `cheaproute costs`?"),
    ("cheaproute conifg lst", "did you mean `cheaproute config`?"),
    ("cheaproute sync now", "`cheaproute sync` is for a terminal"),
    ("cheaproute backup mine", "`cheaproute backup` is for a terminal"),
    ("cheaproute routing of", "did you mean `off`?"),
    ("cheaproute plan apply", "`cheaproute plan apply` is for a terminal"),
    ("cheaproute plan apply window --yes", "`cheaproute plan apply` is for a terminal"),
    ("cheaproute plan undo", "`cheaproute plan undo` is for a terminal"),
    ("cheaproute uninstall", "`cheaproute uninstall` is for a terminal"),
    ("cheaproute uninstall --purge --yes", "`cheaproute uninstall` is for a terminal"),
    ("cheaproute rebuild", "`cheaproute rebuild` is for a terminal"),
    ("cheaproute config set show quiet", "`cheaproute config set` is for a terminal"),
    ("cheaproute import ~/old", "`cheaproute import` is for a terminal"),
    ("cheaproute export week -o calls.csv", "`cheaproute export` is for a terminal"),
    ("cheaproute report -o /etc/passwd", "`cheaproute report` is for a terminal"),
    ("cheaproute restore backup.db", "`cheaproute restore` is for a terminal"),
    ("cheaproute setup statusline", "`cheaproute setup statusline` is for a terminal"),
    ("cheaproute sync ~/Dropbox", "`cheaproute sync` is for a terminal"),
    ("cheaproute cap set --month 50 --month 60", "`cheaproute cap set` is for a terminal"),
    ("cheaproute ask 'what failed?' build.log", "`cheaproute ask` is for a terminal"),
    *(
        (f"cheaproute export {name}", "` is for a terminal")
        for name in (*export.FORMATS, "october", "last week csv", "csv november -o x.csv")
    ),
    ("cheaproute costs today\ncheaproute cap", "One command a prompt: these are 2"),
    ("cheaproute report\n\n/cheaproute doctor\n!cheaproute cap set 5", "prompt: these are 3"),
    ("cheaproute costs today && cheaproute cap", "no `&&`: `cheaproute costs today`, typed alone"),
    ("cheaproute costs today | head -3", "no `|`: `cheaproute costs today`, typed alone"),
    ("cheaproute plan undo ; cheaproute plan", "no `;`: `cheaproute plan undo`, typed alone"),
]
READ = ["cheaproute costs weak", "cheaproute costs webb", "cheaproute costs of my-project",
        "cheaproute costs opus", "cheaproute costs daily", "cheaproute costs --bye model",
        "cheaproute why 0x", "cheaproute", "cheaproute why last", "cheaproute why al",
        "cheaproute why everything", "cheaproute doctor now", "cheaproute prices opus",
        "cheaproute plan shwo window", "cheaproute plan shw window",
        "cheaproute help costs", "cheaproute plan aply", "cheaproute prices --check"]  # fmt: skip


@pytest.mark.parametrize(("prompt", "told"), MEANT)
def test_what_is_plainly_meant_as_a_command_is_told(prompt: str, told: str, tmp_path: Path) -> None:
    """A slip of the pen, or what writes: one line, nothing done, no model asked."""
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}
    context = Context(env, NOW_MS)
    event = Event({"hook_event_name": "UserPromptSubmit", "prompt": prompt, "cwd": "/"})
    answer = user_prompt_submit.handle(event, context)
    context.close()
    assert answer is not None
    assert told in str(answer)
    assert "No model was asked" in str(answer) or "no model was asked" in str(answer)
    assert not (tmp_path / "data" / "ledger.db").exists()


@pytest.mark.parametrize("prompt", READ)
def test_a_reading_command_says_itself_what_is_wrong(prompt: str) -> None:
    """What only prints is run, whatever is wrong with it."""
    words = typed.split(prompt)
    assert words is not None
    assert forms.recognised(words or ["help"]) or (mistyped.meant(words) and mistyped.reads(words))


def test_no_command_is_unknown() -> None:
    """Each command of the command line is known to be one."""
    for name in commands.COMMANDS:
        assert mistyped.near(name) == name


@pytest.mark.parametrize("prompt", COMMANDS)
def test_a_whole_form_is_a_command(prompt: str) -> None:
    """Every reading command, and the few that a user at the cap needs, as they are typed."""
    words = typed.split(prompt)
    assert words is not None
    assert forms.recognised(words)


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

    def enter(prompt: str) -> str:
        context = Context(env, NOW_MS)
        event = Event({"prompt": prompt, "cwd": str(tmp_path), "session_id": "s1"})
        told = typed.said(event, context) or ""
        context.close()
        return told

    assert "$50.00" in enter("cheaproute cap set 50")
    assert "$40.00" in enter("cheaproute cap set 40")
    with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        intern.session_id(db, "s1")
        ledgers.add_call(db, "a", NOW_MS // 86_400_000, cost_nano=30 * 10**9)
    refused = enter(f"cheaproute cap {words}")
    assert "only you can allow more" in refused
    assert "config.toml" in refused.replace("\n", "")
    assert "of $40.00" in enter("cheaproute cap")


@pytest.mark.parametrize(
    ("shown", "way"), [("ok  the first", "for the rest run"), ("", "than a prompt may: run")]
)
def test_what_took_too_long_shows_what_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str, way: str
) -> None:
    """A command that does not end in time: what it printed until then, and where the rest is."""
    code = f"import sys, time; print({shown!r}, flush=True); time.sleep(60)"
    monkeypatch.setattr(typed, "_START", code)
    monkeypatch.setattr(typed, "_LIMIT_S", 3)
    context = Context({"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}, NOW_MS)
    told = typed.said(Event({"prompt": "cheaproute doctor", "cwd": "/"}), context) or ""
    context.close()
    assert shown in told
    command = paths.command(context.env)
    assert f"{way} `{command} doctor` in a terminal" in told
    assert ("the rest" in told) == bool(shown)


@pytest.mark.parametrize("words", ["export", "uninstall", "plan apply", "setup command"])
def test_without_a_command_in_terminals_what_works_is_named(words: str) -> None:
    """Who has the plugin alone is not sent to a terminal that knows no `cheaproute`."""
    own = "/plugins/cheaproute/bin/cheaproute"
    said = mistyped.line(words.split(), own)
    assert "`cheaproute setup command --yes`, typed here" in said
    assert (f"`{own}` works" in said) == (words != "setup command")
    assert "setup command --yes" not in mistyped.line(words.split(), "cheaproute")
    assert forms.recognised(["setup", "command", "--yes"])
