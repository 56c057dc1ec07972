"""The alert command: a program of the user's, started in what is the user's word alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cheaproute.hook.turn_end import alert_command
from tests.conftest import ROOT

# What programs obey that somebody may have for an alert, by what reads it.
OBEYED = {
    "wget, curl, mail": "WGETRC SYSTEM_WGETRC CURL_HOME NETRC MAILRC MAILCAPS HTTPS_PROXY",
    "notify-send, gio": "GIO_EXTRA_MODULES GIO_MODULE_DIR GTK_MODULES GTK_PATH GSETTINGS_BACKEND "
    "G_MESSAGES_DEBUG QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH DBUS_SESSION_BUS_ADDRESS",
    "scripts": "PYTHONSTARTUP PYTHONPATH LUA_INIT LUA_PATH TCLLIBPATH PERL5OPT RUBYOPT PHPRC "
    "BASH_ENV ENV SHELLOPTS NODE_OPTIONS GUILE_LOAD_PATH PHP_INI_SCAN_DIR R_PROFILE",
    "others": "GNUPGHOME LESSOPEN TERMINFO GIT_CONFIG_GLOBAL OPENSSL_CONF LD_PRELOAD TMPDIR "
    "LANGUAGE NLSPATH HOSTALIASES RES_OPTIONS EDITOR X",
}
NAMES = [name for names in OBEYED.values() for name in names.split()]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="where processes can be seen")
PROBE = """import json, os, sys
sys.path.insert(0, sys.argv[1])
from cheaproute.hook.turn_end import alert_command
print(json.dumps(alert_command.environment(json.loads(sys.argv[2]))))
"""


def given(
    place: Path,
    started: dict[str, str],
    env: dict[str, str],
    name: str = "",
    below: list[str] | None = None,
) -> object:
    """What the command gets from a hook with `env` of a client `started` so, by that `name`."""
    client = place / "claude"
    shutil.copy("/bin/bash", client)
    words = [*(below or []), sys.executable, "-I", "-c", PROBE, ROOT, json.dumps(env)]
    called = [name] if name else [str(client)]
    done = subprocess.run(
        [*called, "-c", '"$@"; true', "sh", *words],
        executable=client,
        env=started,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return {one: value for one, value in said.items() if one not in ("_", "SHLVL", "PWD", "OLDPWD")}


@pytest.fixture
def users(tmp_path: Path) -> dict[str, str]:
    """What the user had when the client was started."""
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOOK_URL": "mine", "LUA_PATH": "mine"}


def test_it_gets_what_the_client_was_started_with(users: dict[str, str], tmp_path: Path) -> None:
    """Whatever the hook has besides, and though no settings file says it any more."""
    env = {**users, **dict.fromkeys(NAMES, "/evil"), "CHEAPROUTE_HOME": "/data"}
    assert given(tmp_path, users, env) == {**users, "CHEAPROUTE_HOME": "/data"}


def test_and_what_the_users_settings_say(users: dict[str, str], tmp_path: Path) -> None:
    """A hook's address is kept in `env` there; a switch of ours is what it was found to be."""
    (tmp_path / ".claude").mkdir()
    said = {"HOOK_URL": "newer", "WGETRC": "mine", "CHEAPROUTE_DISABLE": "1"}
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps({"env": said}))
    env = {**users, "WGETRC": "/evil"}
    own = {"HOOK_URL": "newer", "WGETRC": "mine"}
    assert given(tmp_path, {**users, "CHEAPROUTE_DISABLE": "0"}, env) == {**users, **own}


@pytest.mark.parametrize("name", ["claude bg-spare", "claude bg-pty-host"])
def test_what_a_daemon_began_with_is_nobodys_word(
    users: dict[str, str], tmp_path: Path, name: str
) -> None:
    """The client that started it may have had a project's `env` by then."""
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin", "HTTPS_PROXY": "http://proxy.work"}
    begun = {**users, **dict.fromkeys(NAMES, "/evil")}
    assert given(tmp_path, begun, {**env, "LUA_PATH": "/evil", "X": "/evil"}, name) == env


@pytest.mark.parametrize("mark", [{}, {"CLAUDECODE": "1"}], ids=["taken off", "marked"])
def test_nor_what_a_clients_shell_started_another_with(
    users: dict[str, str], tmp_path: Path, mark: dict[str, str]
) -> None:
    """A client that runs below another one's shell has the `env` of that one's project."""
    inner = tmp_path / "inner"
    inner.mkdir()
    shutil.copy("/bin/bash", inner / "claude")
    wrong = {**mark, **dict.fromkeys(NAMES, "/evil")}
    late = [f"{name}={value}" for name, value in wrong.items() if not name.startswith("LD_")]
    words = ["/usr/bin/env", *late, str(inner / "claude"), "-c", '"$@"; true', "sh"]
    assert given(tmp_path, users, {**users, **wrong}, below=words) == users


def test_a_start_with_the_clients_mark_is_nobodys_word(
    users: dict[str, str], tmp_path: Path
) -> None:
    """What a client started (an editor's terminal, say) has what its project said."""
    begun = {**users, "CLAUDECODE": "1", "X": "/evil", "LUA_INIT": "/evil"}
    assert given(tmp_path, begun, {**begun, "LANG": "de"}) == {
        **{name: users[name] for name in ("HOME", "PATH")}, "CLAUDECODE": "1", "LANG": "de",
    }  # fmt: skip


def test_where_the_start_cannot_be_seen_a_list_says_what_passes(
    users: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a process of our own; what of it a project may not say was left out before."""
    monkeypatch.setattr(alert_command, "_is_seen", lambda: False)
    env = {**users, **dict.fromkeys(("WGETRC", "GIO_EXTRA_MODULES", "LUA_INIT", "X"), "/evil")}
    said = alert_command.environment({**env, "LANGUAGE": "/evil", "LANG": "de"})
    assert said == {"HOME": users["HOME"], "PATH": users["PATH"], "LANG": "de"}


def test_proc_that_counts_otherwise_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container with the host's /proc sees there other processes under our numbers."""
    assert alert_command._is_seen()
    monkeypatch.setattr(os, "getpid", lambda: 2)
    assert not alert_command._is_seen()


def test_the_command_gets_the_text_as_one_argument(tmp_path: Path) -> None:
    """No shell reads the text, whatever is in it."""
    out = tmp_path / "said"
    script = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
    alert_command.run([sys.executable, "-c", script, str(out)], "50 %; $(touch x) `y`", os.environ)
    for _ in range(500):
        if out.exists() and out.read_text():
            break
        time.sleep(0.01)
    assert out.read_text() == "50 %; $(touch x) `y`"
