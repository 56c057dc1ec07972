"""What ships: the manifest, the hooks and their scripts fit each other."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cheaproute.config.venv import status
from cheaproute.hook.main import HANDLERS
from tests.conftest import ROOT

EVENTS = sorted(HANDLERS)


def load(path: str) -> Any:
    """A JSON file of the plugin."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return json.load(file)


def text(path: str) -> str:
    """A text file of the plugin."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def handlers() -> list[tuple[str, str, dict[str, Any]]]:
    """Every handler with its event and matcher."""
    return [
        (event, group.get("matcher", ""), handler)
        for event, groups in load("hooks/hooks.json")["hooks"].items()
        for group in groups
        for handler in group["hooks"]
    ]


def test_every_handler_is_exec_form_with_a_script_and_a_sane_timeout() -> None:
    """No handler goes through a shell, names a missing script, or waits beyond half a minute."""
    for event, _, handler in handlers():
        assert handler["command"] == "${CLAUDE_PLUGIN_ROOT}/hooks/run", event
        (name,) = handler["args"]
        assert name in EVENTS, event
        assert 1 <= handler["timeout"] <= 30, event


def test_every_script_is_some_event_s_handler() -> None:
    """No script lies about unused; the module asks by a name of its own."""
    named = {handler["args"][0] for _, _, handler in handlers()}
    assert named | {"mod"} == set(EVENTS)
    assert load("hooks/hooks.json")["modules"] == ["./mod.js"]
    assert '"mod"' in text("hooks/mod.js")


def test_only_bulk_kinds_spawn_a_hook_for_a_read() -> None:
    """Every handler of Read has a rule, and no two rules name the same kind."""
    found = [(event, handler["if"]) for event, on, handler in handlers() if on == "Read"]
    assert len(found) == len(set(found)) > 5
    assert {event for event, _ in found} == {"PostToolUse"}  # one that failed kept nothing out
    rules = [rule for _, rule in found]
    assert all(re.fullmatch(r"Read\(\*\*/[^*/]*\*?[^*/]+\*?\)", rule) for rule in rules), rules


def test_the_one_entry_script_is_short() -> None:
    """It is compiled at every call, and hands over to the package at once."""
    assert len(text("hooks/hook.py").splitlines()) <= 20


@pytest.mark.parametrize("name", [*EVENTS, "statusline"])
def test_the_launcher_answers_for_each_name(name: str, tmp_path: Path) -> None:
    """Running sessions keep their old hooks.json: every NAME ends with 0 and nothing on stderr."""
    pythons = os.path.dirname(os.path.realpath(status.base()))  # no shims, which take long
    done = subprocess.run(
        [os.path.join(ROOT, "hooks", "run"), name],
        input="{}",
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": f"{pythons}:/usr/bin:/bin"},
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_marketplace_offers_this_plugin() -> None:
    """The repository is its own marketplace, under the plugin's own name."""
    (entry,) = load(".claude-plugin/marketplace.json")["plugins"]
    assert entry["name"] == load(".claude-plugin/plugin.json")["name"]
    assert entry["source"] == "./"
    assert "version" not in entry


def test_the_root_manifest_is_a_link_to_the_one_manifest() -> None:
    """A regular file inside .claude-plugin, a link at the root: the other way round fails."""
    assert not os.path.islink(os.path.join(ROOT, ".claude-plugin", "plugin.json"))
    assert os.readlink(os.path.join(ROOT, "plugin.json")) == ".claude-plugin/plugin.json"


def test_the_icon_is_a_square_png() -> None:
    """The plugin directory takes 512 to 2048 pixels, square."""
    with open(os.path.join(ROOT, ".claude-plugin", "icon.png"), "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (512, 512)


@pytest.mark.parametrize("path", ["hooks/run", "bin/cheaproute", ".ci/run"])
def test_what_is_started_may_be_started(path: str) -> None:
    """The executable bits survive in the repository."""
    assert os.access(os.path.join(ROOT, path), os.X_OK)


@pytest.mark.parametrize(
    ("path", "name", "model"),
    [
        ("skills/costs/SKILL.md", "costs", "haiku"),
        ("skills/cheap/SKILL.md", "cheap", "haiku"),
        ("agents/reader.md", "reader", "haiku"),
    ],
)
def test_front_matter_names_the_part_and_its_model(path: str, name: str, model: str) -> None:
    """A skill and an agent are found by name, and both are cheap."""
    front = text(path).split("---\n")[1]
    assert f"\nname: {name}\n" in f"\n{front}"
    assert f"\nmodel: {model}\n" in front
