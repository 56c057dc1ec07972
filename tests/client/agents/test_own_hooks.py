"""Hooks that ask a model and stand in an agent's or a skill's own text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.client.agents import model_hooks

HOOKS = """hooks:
  PreToolUse:
    - matcher: Bash
      hooks:
        - type: prompt
          prompt: 'Is it safe? $ARGUMENTS'
        - type: command
          command: echo
  Stop:
    - hooks:
        - type: "prompt"
          model: claude-opus-5-5
          prompt: Done?
"""
FOUND = {("PreToolUse", "Is it safe? $ARGUMENTS", ""), ("Stop", "Done?", "claude-opus-5-5")}


def text(name: str, rest: str = HOOKS) -> str:
    """An agent's or a skill's, with hooks unless told."""
    return f"---\nname: {name}\ndescription: looks\n{rest}---\nLook: hooks.\n"


def at_work(place: Path, agent: str = "", transcript: str = "") -> set[tuple[str, str, str]]:
    """What is found of each: event, prompt, model."""
    env = {"CLAUDE_CONFIG_DIR": str(place / "none")}
    return model_hooks.at_work(agent, transcript, str(place), env)


def written(path: Path, content: str) -> Path:
    """A file with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_those_of_the_agent_that_is_at_work_are_found(tmp_path: Path) -> None:
    """By the name that its text gives it, and no other agent's."""
    written(tmp_path / ".claude/agents/some/looker.md", text("looker"))
    written(tmp_path / ".claude/agents/other.md", text("other", ""))
    assert at_work(tmp_path, "looker") == FOUND
    assert at_work(tmp_path, "other") == at_work(tmp_path, "") == set()


@pytest.mark.parametrize(
    "row",
    [
        {"content": [{"type": "tool_use", "name": "Skill", "input": {"skill": "look"}}]},
        {"content": "<command-name>/look</command-name>"},
    ],
)
def test_those_of_a_skill_are_found_once_it_was_used(tmp_path: Path, row: object) -> None:
    """By a tool's use or a typed command in the session's transcript."""
    written(tmp_path / ".claude/skills/look/SKILL.md", text("look"))
    transcript = written(tmp_path / "session.jsonl", '{"type": "user"}\n')
    assert at_work(tmp_path, transcript=str(transcript)) == set()
    transcript.write_text(json.dumps({"message": row}, separators=(",", ":")) + "\n")
    assert at_work(tmp_path, transcript=str(transcript)) == FOUND


@pytest.mark.parametrize(
    "content", ["", "---", "hooks:\n", "---\nhooks: x\n---\n", "---\nhooks:\n  - 1\n  type:\n"]
)
def test_an_odd_text_has_none(tmp_path: Path, content: str) -> None:
    """Nothing is raised, whatever lies there; nor where there is no such folder."""
    written(tmp_path / ".claude/skills/look/SKILL.md", content)
    row = '{"input":{"skill":"look"}}\n{"input":{"skill":"../look"}}\n{"input":{"skill":"\\u0000"}}'
    transcript = written(tmp_path / "session.jsonl", row)
    assert at_work(tmp_path, "look", str(transcript)) == set()
    assert at_work(tmp_path / "none", "look", str(tmp_path / "none.jsonl")) == set()
