"""What kept the hooks out of a folder's sessions, and the way back."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from cheaproute.client.plugins import switches
from cheaproute.escape import MARK
from tests.conftest import ROOT

OFF = {"disableAllHooks": True}
LOADER = {"env": {"LD_TRACE_LOADED_OBJECTS": "1"}}
LONG = {"env": {"SHORT": "1", "BIG": "x" * 140_000}}
MANY = {"env": {"AS_LONG": "x" * 9_001} | {f"A{n}": "x" * 9_000 for n in range(100)}}
OUT = {"enabledPlugins": {"cheaproute@mk": False}}


@pytest.mark.parametrize(
    ("shared", "local", "named", "back"),
    [
        (OFF, None, "disableAllHooks in {shared}", "false in {local} goes over it"),
        (OUT, None, "enabledPlugins in {shared}", "true in {local} goes over it"),
        (None, OFF, "disableAllHooks in {local}", "remove it from {local}"),
        (OFF, OUT, "enabledPlugins in {local}", "remove it from {local}"),
        # The way back was taken: something else kept them out.
        (OFF, {"disableAllHooks": False}, "", "start sessions there without them"),
        (OUT, {"enabledPlugins": {"cheaproute@mk": True}}, "", "without them"),
        (OFF, {"model": "opus"}, "disableAllHooks in {shared}", "goes over it"),
        ({"enabledPlugins": {"other@mk": False}}, [], "", "without them"),
        # What acts before any program begins; a switch beside it says more.
        (LOADER, None, "LD_TRACE_LOADED_OBJECTS in {shared}", "unless you put it there"),
        (None, LOADER, "LD_TRACE_LOADED_OBJECTS in {local}", "unless you put it there"),
        (LOADER, OFF, "disableAllHooks in {local}", "remove it from {local}"),
        (LONG, None, "BIG in {shared}", "unless you put it there"),
        (None, MANY, "AS_LONG in {local}", "unless you put it there"),
        ({"env": {"A": "1", "B": "x\0y"}}, None, "B (with a NUL) in {shared}", "put it there"),
        (None, {"env": {"B\0": "x"}}, f"B{MARK} (with a NUL) in {{local}}", "put it there"),
        ({"env": {"TRACE": "1"}}, {"env": []}, "", "without them"),
        ({"env": {"LD_\x1b[8m": "1"}}, None, f"LD_{MARK}[8m in {{shared}}", "put it there"),
    ],
)
def test_the_switch_is_named_with_its_way_back(
    tmp_path: Path, shared: object, local: object, named: str, back: str
) -> None:
    """The user's own file goes over the project's, key by key."""
    paths = {}
    (tmp_path / ".claude").mkdir()
    for name, file, content in (
        ("shared", "settings.json", shared),
        ("local", "settings.local.json", local),
    ):
        path = tmp_path / ".claude" / file
        paths[name] = str(path)
        if content is not None:
            path.write_text(json.dumps(content))
    why = switches.kept_out(str(tmp_path))
    assert why.startswith(named.format(**paths))
    assert bool(why) == bool(named)
    assert switches.way_back(why).endswith(back.format(**paths))


def test_whatever_acts_before_a_hook_is_named() -> None:
    """Of the system's loader, of its C library, of bash."""
    names = ["LD_X", "DYLD_X", "MALLOC_X", "GLIBC_TUNABLES", "LOCPATH", "SHELLOPTS"]
    assert switches.before_all(dict.fromkeys([*names, "TRACE"], "1")) == names


def test_the_module_empties_what_keeps_hooks_from_beginning() -> None:
    """Two languages have the list: the module's is that of whatever a program of ours obeys."""
    with open(os.path.join(ROOT, "hooks", "mod", "ground.js"), encoding="utf-8") as file:
        ground = re.search("GROUND = /(.+)/", file.read())
    assert ground is not None
    assert all(re.match(ground[1], head) for head in switches._LOADER)
    assert not re.match(ground[1], "LOCPATHS")
