"""An installed 0.1.0 full of data, upgraded in a running session, and back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.config.venv import status
from tests.conftest import ROOT
from tests.faults.box import ONE, Box
from tests.hook.readings import link_environment
from tests.transcripts import append, assistant

OLD = "4dc6869"  # 0.1.0
# Calls of months before, in sessions of several projects; half of their transcripts are gone since.
SESSIONS, CALLS = 8, 60
PAST = SESSIONS * CALLS
CONFIG = """\
# my settings
debug = false
[cap]
month_usd = 0.03  # little
alerts = [50, 90]
[routing]
caution = 0.8
[routing.agents]
Explore = "haiku"
[tune]
days = 9
nudge_usd = 0
[digest]
min_bytes = 50000
"""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> str:
    """0.1.0 as it was released."""
    place = tmp_path_factory.mktemp("old")
    archive = subprocess.run(["git", "archive", OLD], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("the history is not here")
    subprocess.run(["tar", "-x", "-C", str(place)], input=archive.stdout, check=True)
    return str(place)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> str:
    """This plugin, as the version that comes after it."""
    place = tmp_path_factory.mktemp("new")
    for name in ("cheaproute", "hooks", "bin", ".claude-plugin"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(os.path.join(ROOT, name), place / name, ignore=ignored)
    shutil.copy(os.path.join(ROOT, "requirements.lock"), place)
    manifest = place / ".claude-plugin" / "plugin.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": "0.99.0"}))
    return str(place)


def command(plugin: str, box: Box, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line of `plugin`."""
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    code += "from cheaproute.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, plugin, *words],
        env=box.env,
        cwd=box.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def installed(box: Box, old: str) -> Path:
    """What an installation of 0.1.0 leaves, in use: links, an environment, settings, a ledger."""
    (box.data / "plugin").symlink_to(old)
    before = box.data / "venv-0badcafe-3.11"
    (before / "bin").mkdir(parents=True)
    (before / "bin" / "python").symlink_to(sys.executable)
    (before / "ready.json").write_text("{}")
    (box.data / "venv").symlink_to(before.name)
    config = box.home / ".config" / "cheaproute" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG)
    lived(box, old)
    line = {"type": "command", "command": f"{box.data}/plugin/hooks/run statusline"}
    (box.home / ".claude" / "settings.json").write_text(json.dumps({"statusLine": line}))
    box.hook("session_start")
    box.call_api(3)
    box.hook("pre_tool_use")
    box.hook("post_tool_use")
    box.hook("post_tool_batch")
    return config


def lived(box: Box, old: str) -> None:
    """Months of use that 0.1.0 imported."""
    for number in range(SESSIONS):
        session = f"{number:08d}-aaaa-4aaa-8aaa-000000000000"
        path = box.transcript.parent.parent / f"-home-me-p{number % 3}" / f"{session}.jsonl"
        path.parent.mkdir(exist_ok=True)
        append(
            path,
            *[
                assistant(
                    f"msg_{number}_{call}",
                    session=session,
                    ts=f"2026-0{3 + number % 6}-{1 + call % 28:02d}T10:00:00.000Z",
                )
                for call in range(CALLS)
            ],
        )
    done = command(old, box, "import")
    assert done.returncode == 0, done.stderr
    for path in sorted(box.transcript.parent.parent.glob("-home-me-p*/*.jsonl"))[::2]:
        path.unlink()


def spent(box: Box) -> tuple[int, int]:
    """Calls and nano-dollars in the ledger."""
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        found: tuple[int, int] = db.execute("SELECT count(*), sum(cost_nano) FROM call").fetchone()
    return found


@pytest.mark.long
def test_up_and_back(tmp_path: Path, old: str, new: str) -> None:
    """Nothing is lost, nothing counted twice; the cap holds in every step that can hold it."""
    box = Box(tmp_path, plugin=old)
    config = installed(box, old)
    past = spent(box)[1] - 3 * ONE
    assert (spent(box)[0], past > PAST * ONE // 2) == (PAST + 3, True)

    # The update comes while the session runs: its next hooks are the new version's.
    box.plugin = new
    box.call_api()
    assert box.hook("post_tool_batch") is None
    assert spent(box) == (PAST + 4, past + 4 * ONE)
    link_environment_of(new, box)
    box.hook("session_start", source="resume")
    assert os.readlink(box.data / "plugin") == new
    done = command(new, box, "config", "get", "cap.month_usd")
    assert (done.returncode, done.stdout) == (0, "0.03\n")
    assert command(new, box, "doctor").stdout.count("FAULT") == 0
    done = command(new, box, "config", "migrate")
    assert done.returncode == 0
    assert "# my settings" in config.read_text()
    assert "month_usd = 0.03  # little" in config.read_text()
    done = command(new, box, "costs", "--json")
    assert json.loads(done.stdout)["total_usd"] == pytest.approx(4 * ONE / 1e9)
    setting = json.loads((box.home / ".claude" / "settings.json").read_text())["statusLine"]
    line = subprocess.run(
        ["sh", "-c", setting["command"]],
        env=box.env,
        input=json.dumps({"session_id": box.session, "model": {"display_name": "Opus"}}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Opus" in line.stdout
    assert "$0.02" in line.stdout

    # Past the cap the new version stops the running session.
    box.call_api(3)
    answer = box.hook("post_tool_batch")
    assert answer is not None
    assert answer["continue"] is False
    assert spent(box) == (PAST + 7, past + 7 * ONE)

    # Back to 0.1.0: it goes on, or refuses in one line; nothing is lost or counted twice.
    box.plugin = old
    box.call_api()
    for hook in ("session_start", "user_prompt_submit", "post_tool_batch", "stop"):
        box.hook(hook)
    assert spent(box)[0] - PAST in (7, 8)
    done = command(old, box, "costs")
    assert done.returncode in (0, 1)
    assert len(done.stderr.splitlines()) <= 1
    if done.returncode:
        # Its books are newer than it knows, or `config migrate` gave a setting today's name.
        assert "update the plugin" in done.stderr or "is not a setting" in done.stderr

    # And forward again.
    box.plugin = new
    box.hook("stop")
    assert spent(box) == (PAST + 8, past + 8 * ONE)
    assert "add up" in command(new, box, "ledger", "check").stdout or (
        command(new, box, "ledger", "check").returncode == 0
    )


def test_a_newer_ledger_holds_the_cap(tmp_path: Path) -> None:
    """A version that this one does not know: said in one line, and the cap goes by its totals."""
    box = Box(tmp_path)
    config = box.home / ".config" / "cheaproute" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[cap]\nmonth_usd = 0.01\n")
    box.call_api(2)
    assert box.hook("post_tool_batch") is not None
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        db.execute("DELETE FROM meta WHERE key = 'works_with'")
        db.execute("PRAGMA user_version = 999")
        db.commit()
    answer = box.hook("post_tool_batch")
    assert answer is not None
    assert answer["continue"] is False
    done = command(ROOT, box, "costs")
    assert done.returncode == 1
    assert "update the plugin" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def link_environment_of(plugin: str, box: Box) -> None:
    """Make the data directory look as after the background build of the new version."""
    link_environment(str(box.data))
    python = Path(status.python({"CHEAPROUTE_HOME": str(box.data)}))
    site = python.parent.parent / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True)
    (box.data / "interpreter").write_text(status.base() + "\n")
    (box.data / "environment.failed").unlink()
    assert plugin
