"""A client that another client's shell started: what that shell set is not the user's word.

With real processes: copies of a shell under the client's name stand for the clients.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap import limits
from cheaproute.client import ancestry
from cheaproute.ledger import store
from tests.conftest import ROOT

PROBE = f"""import json, os, sys; sys.path.insert(0, {ROOT!r})
from cheaproute.client import trust
said = trust.environment(os.environ, os.getcwd())
print(json.dumps({{name: said.get(name) for name in sys.argv[1:]}}))
"""
NAMES = ("HOME", "XDG_CONFIG_HOME", "CHEAPROUTE_HOME", "CHEAPROUTE_DISABLE")
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or "within" in ancestry.whose_word(os.environ),
    reason="Linux, and not from within the client",
)


class Place:
    """A home with a ledger, and a shell that bears the client's name."""

    def __init__(self, path: Path) -> None:
        self.home = path / "home"
        store.connect(str(self.data / "ledger.db")).close()
        self.client = path / "claude"
        shutil.copy("/bin/bash", self.client)
        (path / "probe.py").write_text(PROBE)
        self.probe = f"{sys.executable} {path / 'probe.py'} {' '.join(NAMES)}; true"
        self.cwd = path

    @property
    def data(self) -> Path:
        """Where the ledger is."""
        return self.home / ".local" / "share" / "cheaproute"

    def hooks_env(self, command: str, **env: str) -> dict[str, str | None]:
        """What a hook believes below the client that runs `command`, started with `env`."""
        done = subprocess.run(
            [self.client, "-c", command],
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", **env},
            cwd=self.cwd,
            capture_output=True,
            text=True,
            check=True,
        )
        said: dict[str, str | None] = json.loads(done.stdout)
        return said


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A user's home."""
    return Place(tmp_path)


LOOSE = [
    "CHEAPROUTE_DISABLE=1",
    "CHEAPROUTE_HOME=/elsewhere",
    "HOME=/elsewhere",
    "XDG_CONFIG_HOME=/elsewhere",
    "XDG_DATA_HOME=/elsewhere",
    "HOME=/elsewhere XDG_CONFIG_HOME=/x CHEAPROUTE_HOME=/y CHEAPROUTE_DISABLE=1",
]


@pytest.mark.parametrize("mark", ["CLAUDECODE=1", "-u CLAUDECODE"])
@pytest.mark.parametrize("loose", LOOSE)
def test_what_a_models_shell_sets_is_not_believed(place: Place, mark: str, loose: str) -> None:
    """Off switch and places are as the first client was started, whatever the shell did."""
    nested = f"env {mark} {loose} {place.client} -c '{place.probe}'; true"
    said = place.hooks_env(f'/bin/sh -c "{nested}"; true')
    assert said == {
        "HOME": str(place.home), "XDG_CONFIG_HOME": None, "CHEAPROUTE_HOME": None,
        "CHEAPROUTE_DISABLE": None,
    }  # fmt: skip


def test_what_the_user_set_stays(place: Place, tmp_path: Path) -> None:
    """What the first client was started with is the user's in the nested one, too."""
    mine = tmp_path / "mine"
    store.connect(str(mine / "ledger.db")).close()
    nested = f"/bin/sh -c \"CHEAPROUTE_HOME=/x {place.client} -c '{place.probe}'; true\"; true"
    assert place.hooks_env(nested, CHEAPROUTE_HOME=str(mine))["CHEAPROUTE_HOME"] == str(mine)


def test_a_clients_own_hook_is_as_before(place: Place) -> None:
    """In a client that a person started a variable is that person's."""
    said = place.hooks_env(place.probe, CHEAPROUTE_DISABLE="1", XDG_CONFIG_HOME="/mine")
    assert said["CHEAPROUTE_DISABLE"] == "1"
    assert said["XDG_CONFIG_HOME"] == "/mine"


def test_a_shell_named_like_it_is_no_client(place: Place, tmp_path: Path) -> None:
    """A script of the user's named `claude` that starts the client may set what it likes."""
    script = tmp_path / "bin" / "claude"
    script.parent.mkdir()
    script.write_text(
        f"#!/bin/bash\nCHEAPROUTE_DISABLE=1 {place.client} -c '{place.probe}'\ntrue\n"
    )
    script.chmod(0o755)
    done = subprocess.run(
        [script],
        env={"HOME": str(place.home), "PATH": "/usr/bin:/bin"},
        cwd=place.cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["CHEAPROUTE_DISABLE"] == "1"


def test_where_the_user_has_no_ledger_nothing_is_taken(place: Place) -> None:
    """There is no cap to keep."""
    shutil.rmtree(place.home)
    nested = f"/bin/sh -c \"HOME=/elsewhere {place.client} -c '{place.probe}'; true\"; true"
    assert place.hooks_env(nested)["HOME"] == "/elsewhere"


@pytest.mark.parametrize("loose", [*LOOSE[:3], LOOSE[-1]])
def test_the_launcher_asks_python(place: Place, loose: str) -> None:
    """A gate below a nested client stops by the user's ledger, off switch or not."""
    with closing(store.connect(str(place.data / "ledger.db"))) as db:
        limits.put(db, {"month": 1_000_000_000}, 0)
        month = "strftime('month:%Y-%m', 'now')"
        db.execute(f"INSERT INTO spent(period, cost_nano) VALUES({month}, 2000000000)")
    event = json.dumps({"session_id": "s", "prompt": "go", "hook_event_name": "UserPromptSubmit"})
    place.cwd.joinpath("event.json").write_text(event)
    hook = f"{ROOT}/hooks/run user_prompt_submit < {place.cwd / 'event.json'}; true"
    nested = f"/bin/sh -c \"{loose} {place.client} -c '{hook}'; true\"; true"
    said = place.hooks_env(nested, ANTHROPIC_API_KEY="sk-ant-x")
    assert said["decision"] == "block"
    alone = subprocess.run(
        [place.client, "-c", hook],
        env={"HOME": str(place.home), "PATH": "/usr/bin:/bin", "CHEAPROUTE_DISABLE": "1"},
        cwd=place.cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    assert alone.stdout == ""
