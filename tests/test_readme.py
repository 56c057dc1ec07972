"""README, docs and code tell the same story."""

from __future__ import annotations

import ast
import json
import os
import re
from importlib import import_module
from pathlib import Path

import pytest

from cheaproute.cli import commands, parser
from cheaproute.config import table as defaults
from tests.conftest import ROOT
from tools import pictures, readme_tables


def read(name: str) -> str:
    """A file of the repository."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


PAGES = [
    "README.md",
    *sorted(
        f"docs/{name}" for name in os.listdir(os.path.join(ROOT, "docs")) if name.endswith(".md")
    ),
]


@pytest.mark.parametrize("page", readme_tables.PAGES)
def test_the_tables_are_the_codes(page: str) -> None:
    """Commands, settings, exit codes, figures: `python -m tools.readme_tables` writes them."""
    text = read(f"docs/{page}")
    assert readme_tables.filled(text, readme_tables.PAGES[page]) == text


def test_the_picture_is_what_the_code_draws() -> None:
    """`make pictures` draws the README's `/costs` anew."""
    assert pictures.main(["--check"]) == 0


@pytest.mark.parametrize("page", PAGES)
def test_every_command_named_exists(page: str) -> None:
    """`cheaproute WORD` in a page is a command."""
    named = set(re.findall(r"(?:`|^\$ |\| )cheaproute ([a-z]+)", read(page), re.MULTILINE))
    assert named <= {*commands.COMMANDS, "help"}


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_named_exists(page: str) -> None:
    """`section.key` in backticks is a setting, also behind `config set`."""
    sections = {key.partition(".")[0] for key in defaults.SETTINGS if "." in key}
    found = re.findall(r"`(?:cheaproute )?(?:config set )?([a-z]+)\.([a-z_]+)", read(page))
    named = {f"{section}.{key}" for section, key in found if section in sections}
    assert {name for name in named if not name.endswith((".md", ".toml", ".py"))} <= set(
        defaults.SETTINGS
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_repository_leads_somewhere(page: str) -> None:
    """No page points at a file or a heading that is not there."""
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        place = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        assert os.path.exists(os.path.join(ROOT, place)), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", read(place), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in slugs, target


def test_the_version_is_in_the_changelog() -> None:
    """What the manifest calls itself has an entry."""
    version = json.loads(read(".claude-plugin/plugin.json"))["version"]
    assert f"## [{version}]" in read("CHANGELOG.md")


def test_every_hook_is_in_the_contract() -> None:
    """hooks/README.md names each script that hooks.json starts."""
    hooks = json.loads(read("hooks/hooks.json"))["hooks"]
    scripts = {h["args"][0] for groups in hooks.values() for g in groups for h in g["hooks"]}
    contract = read("hooks/README.md")
    for script in scripts:
        assert f"`{script}`" in contract, script


def _named_in_the_code() -> set[str]:
    """Every `cheaproute ...` in a text that the code may say; what varies is a 7."""
    found: set[str] = set()
    for path in Path(ROOT, "cheaproute").rglob("*.py"):
        tree = ast.parse(path.read_text())
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inner = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in ast.walk(tree):
            if id(node) in told | inner:  # a docstring, a part
                continue
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts
            )
            text = text.replace("{}", "7")
            if isinstance(node, ast.JoinedStr | ast.Constant):
                found.update(re.findall(r"`/?cheaproute ([^`]+)`", text))
    return found


@pytest.mark.parametrize("said", sorted(_named_in_the_code()))
def test_every_command_that_a_message_names_is_understood(said: str) -> None:
    """What a user is told to type is taken by the command's own parser, option by option."""
    name, *words = [word.partition("|")[0] for word in said.split()]
    if name in ("7", "help", "mode") or name.startswith("-"):  # `mode` is gone, and named so
        return
    assert name in commands.COMMANDS
    module = import_module(commands.COMMANDS[name][0])
    options = parser.Parser(prog=name)
    module.add_arguments(options)
    if words and words != ["--help"]:
        options.parse_args(getattr(module, "as_options", list)(words))
