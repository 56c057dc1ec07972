"""Claude Code's settings, all layers of them, whoever wrote the files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cheaproute.client import permissions, settings, trust
from tests.conftest import ROOT


def write(path: Path, content: object) -> None:
    """A file of JSON, or of these bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def env(home: Path) -> dict[str, str]:
    """An environment with its own home."""
    return {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(home / ".claude")}


def test_the_layers_stand_in_the_client_s_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Managed, local, project, user; a layer that is not there is none."""
    monkeypatch.setattr(settings, "MANAGED_DIR", str(tmp_path / "managed"))
    write(tmp_path / "managed" / "managed-settings.json", {"a": 1})
    write(tmp_path / "managed" / "managed-settings.d" / "x.json", {"a": 2})
    write(tmp_path / "p" / ".claude" / "settings.json", {"a": 4})
    write(tmp_path / "p" / ".claude" / "settings.local.json", {"a": 3})
    write(tmp_path / ".claude" / "settings.json", {"a": 5})
    found = list(settings.layers(env(tmp_path), str(tmp_path / "p")))
    assert [layer.name for layer in found] == ["managed", "managed", "local", "project", "user"]
    assert [layer.content for layer in found] == [{"a": number} for number in range(1, 6)]


def test_settings_of_the_command_line_are_a_layer(tmp_path: Path) -> None:
    """A file or JSON itself, of the process above: here a Python with those words."""
    write(tmp_path / "more.json", {"b": 1})
    code = (
        f"import sys; sys.path.insert(0, {ROOT!r}); from cheaproute.client import settings; "
        "print([(l.name, l.content) for l in settings.layers({'HOME': '/nowhere'}, '')])"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    for words in (
        ["--settings", "more.json"],
        ["--settings=more.json"],
        ["--settings", '{"b": 1}'],
    ):
        done = subprocess.run(
            [sys.executable, "-c", parent, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == "[('flag', {'b': 1})]"


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"[]", None),
        (b"{", None),
        (b'{"a": "' + b"x" * 2_000_000 + b'"}', None),
        (b"[" * 200_000, None),
        (b'{"a":' * 200_000, None),
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        (b'{"a": "\xff"}', None),
    ],
)
def test_what_cannot_be_read_has_no_content(
    tmp_path: Path, raw: bytes, content: dict[str, object] | None
) -> None:
    """A mark is passed over; too long, too deep, no text: nothing in it is believed."""
    write(tmp_path / "s.json", raw)
    assert settings.read(str(tmp_path / "s.json")) == content


def test_nothing_but_a_file_is_opened(tmp_path: Path) -> None:
    """A pipe in its place would be waited for."""
    os.mkfifo(tmp_path / "s.json")
    assert settings.read(str(tmp_path / "s.json")) == {}


@pytest.mark.parametrize("raw", [b'{"env": {' + b" " * 50_000_000, b'{"a":' * 5_000_000])
def test_fifty_megabytes_of_a_repository_take_no_time(tmp_path: Path, raw: bytes) -> None:
    """Each reader of a project's settings: what is over the limit is not believed."""
    write(tmp_path / ".claude" / "settings.json", raw)
    begun = time.thread_time()
    here = {"HOME": str(tmp_path / "home"), "CHEAPROUTE_HOME": "/elsewhere", "PATH": "/x"}
    assert "CHEAPROUTE_HOME" in trust.foreign(here, str(tmp_path))
    assert permissions.rules(here, str(tmp_path)) == [""]
    assert [layer.content for layer in settings.layers(here, str(tmp_path))] == [None]
    assert time.thread_time() - begun < 1.0
