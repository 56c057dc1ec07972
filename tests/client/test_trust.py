from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.client import settings as reader
from cheaproute.client import trust
from cheaproute.client.settings import OPTION_VARIABLE as OPTION

EVIL = {"env": {"CHEAPROUTE_HOME": "/evil", "CHEAPROUTE_DISABLE": "1", OPTION: "9999"}}


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    """What a hook is given in a repository that sets all of our variables."""
    return {"HOME": str(home), "PATH": "/bin", "CLAUDE_PROJECT_DIR": "", **EVIL["env"]}


def settings(directory: Path, content: object, name: str = "settings.json") -> None:
    """Write a settings file below `directory`."""
    (directory / ".claude").mkdir(parents=True, exist_ok=True)
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    (directory / ".claude" / name).write_bytes(raw)


def ours(env: object) -> dict[str, str]:
    """Our variables among `env`."""
    assert isinstance(env, dict)
    return {name: value for name, value in env.items() if name in EVIL["env"]}


def test_without_our_variables_nothing_is_looked_at(tmp_path: Path) -> None:
    """The usual case costs nothing: the environment itself comes back."""
    settings(tmp_path, EVIL)
    env = {"PATH": "/bin"}
    assert trust.environment(env, str(tmp_path)) is env


def test_the_users_own_variables_are_believed(tmp_path: Path, env: dict[str, str]) -> None:
    """No project says a word: the variables are the user's."""
    settings(tmp_path, {"env": {"OTHER": "1"}, "permissions": {}})
    assert trust.environment(env, str(tmp_path)) is env


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
@pytest.mark.parametrize("below", [".", "a/b"])
def test_a_repository_is_not(tmp_path: Path, env: dict[str, str], name: str, below: str) -> None:
    """Neither the shared nor the local file can set ours, seen from any directory below."""
    settings(tmp_path / "repo", EVIL, name)
    cwd = tmp_path / "repo" / below
    cwd.mkdir(parents=True, exist_ok=True)
    assert ours(trust.environment(env, str(cwd))) == {}
    assert trust.environment(env, str(cwd))["PATH"] == "/bin"


def test_only_what_it_sets_is_ignored(tmp_path: Path, env: dict[str, str]) -> None:
    """The user's CHEAPROUTE_HOME stands in a repository that sets the off switch only."""
    settings(tmp_path, {"env": {"CHEAPROUTE_DISABLE": "1"}})
    assert trust.foreign(env, str(tmp_path)) == {"CHEAPROUTE_DISABLE"}


def test_the_project_directory_counts_wherever_the_session_went(
    tmp_path: Path, env: dict[str, str]
) -> None:
    """A `cd` out of the project does not hide its settings."""
    settings(tmp_path / "repo", EVIL)
    (tmp_path / "elsewhere").mkdir()
    env["CLAUDE_PROJECT_DIR"] = str(tmp_path / "repo")
    assert ours(trust.environment(env, str(tmp_path / "elsewhere"))) == {}


def test_a_worktree_has_the_settings_of_its_main_checkout(
    tmp_path: Path, env: dict[str, str]
) -> None:
    """The client reads the main checkout's local settings in a linked worktree, so we do."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    main, tree = tmp_path / "main", tmp_path / "tree"
    subprocess.run([*git, "init", "-q", str(main)], check=True)
    subprocess.run([*git, "-C", str(main), "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*git, "-C", str(main), "worktree", "add", "-q", str(tree)], check=True)
    assert trust.environment(env, str(tree)) is env
    settings(main, EVIL, "settings.local.json")
    assert ours(trust.environment(env, str(tree))) == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + json.dumps(EVIL).encode(),
        json.dumps(EVIL).encode("utf-16"),
        b'{"x": "\xff", ' + json.dumps(EVIL).encode()[1:],
        b'{"env": {"CHEAPROUTE\\u005fHOME": "/evil"}}',
        b'{"env": {"CHEAPROUTE_HOME=/ev": "il"}}',
        b"[" * 100_000,
    ],
    ids=["bom", "utf-16", "bad utf-8", "escape", "half in the name", "deep"],
)
def test_no_spelling_gets_past(tmp_path: Path, env: dict[str, str], raw: bytes) -> None:
    """What the client can read is read; what is not understood is not believed."""
    settings(tmp_path, raw)
    assert "CHEAPROUTE_HOME" not in trust.environment(env, str(tmp_path))


def test_the_users_settings_are_the_users_word(home: Path, env: dict[str, str]) -> None:
    """~/.claude/settings.json sits above every project, and is no project's."""
    settings(home, EVIL)
    (home / "repo").mkdir()
    assert trust.environment(env, str(home / "repo")) is env
    assert trust.environment(env, str(home)) is env


def test_the_users_word_is_found_again(tmp_path: Path, home: Path, env: dict[str, str]) -> None:
    """Where a repository hid the user's value, the user's settings still have it."""
    settings(tmp_path / "repo", EVIL)
    settings(home, {"env": {"CHEAPROUTE_HOME": "/mine"}})
    assert ours(trust.environment(env, str(tmp_path / "repo"))) == {"CHEAPROUTE_HOME": "/mine"}


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc")
def test_what_the_client_was_started_with_is_found_again(
    tmp_path: Path, env: dict[str, str]
) -> None:
    """The parent's own environment has what the user exported, whatever it hands on."""
    settings(tmp_path / "repo", EVIL)
    hook = (
        f"import sys, os; sys.path.insert(0, {sys.path[0]!r}); from cheaproute.client import trust;"
        f"print(trust.environment(dict(os.environ), os.getcwd()).get('CHEAPROUTE_HOME'))"
    )
    client = (
        "import os, subprocess, sys; os.environ['CHEAPROUTE_HOME'] = '/evil';"
        f"subprocess.run([sys.executable, '-c', {hook!r}], check=True)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", client],
        cwd=tmp_path / "repo",
        env={"HOME": env["HOME"], "CHEAPROUTE_HOME": "/mine"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "/mine"


def test_a_settings_file_that_is_no_file_does_not_hang(tmp_path: Path, env: dict[str, str]) -> None:
    """A pipe or a directory of that name is passed over."""
    (tmp_path / ".claude" / "settings.local.json").mkdir(parents=True)
    os.mkfifo(tmp_path / ".claude" / "settings.json")
    assert trust.environment(env, str(tmp_path)) is env


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_API_KEY",
        "PIP_INDEX_URL",
        "UV_INDEX",
        "PYTHONHOME",
        "SSL_CERT_FILE",
        "GIT_SSH_COMMAND",
        "https_proxy",
        "HTTPS_PROXY",
        "NODE_OPTIONS",
        "PGHOST",
        "LD_PRELOAD",
        "CLAUDE_CODE_USE_BEDROCK",
        "AWS_PROFILE",
        "REQUESTS_CA_BUNDLE",
    ],
)
def test_nothing_that_chooses_is_taken_from_a_repository(
    tmp_path: Path, home: Path, name: str
) -> None:
    """A program, a host, an index, a credential, a certificate, a configuration."""
    env = {"HOME": str(home), name: "/evil"}
    assert trust.environment(env, str(tmp_path)) is env
    settings(tmp_path, {"env": {name: "/evil"}})
    assert trust.environment(env, str(tmp_path)).get(name) != "/evil"
    settings(tmp_path, b'{"env": ' + b" " * 9_000_000)  # over the limit: not believed
    assert trust.environment(env, str(tmp_path)).get(name) != "/evil"
    settings(home, {"env": {name: "/mine"}})
    assert trust.environment(env, str(tmp_path))[name] == "/mine"


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows a start")
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_shell_between_the_client_and_us_is_looked_through(tmp_path: Path, shell: str) -> None:
    """As for a status line: its shell has the repository's variables, and no mark of the client."""
    settings(tmp_path / "repo", EVIL)
    look = (
        "import json, os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from cheaproute.client import trust\n"
        "print(json.dumps(dict(trust.environment(os.environ, sys.argv[2]))))"
    )
    # What stands in for the client is called so; what it starts has the project's `env`.
    stand_in = (
        "import os, subprocess, sys\n"
        "evil = {'CHEAPROUTE_HOME': '/evil', 'CHEAPROUTE_DISABLE': '1'}\n"
        "words = [sys.argv[1], '-c', '\"$@\"; true', 'sh', *sys.argv[2:]]\n"
        "subprocess.run(words, env={**os.environ, **evil}, check=True)"
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    inner = [sys.executable, "-I", "-c", look, root, str(tmp_path / "repo")]
    done = subprocess.run(
        ["claude", "-I", "-c", stand_in, shell, *inner],
        executable=sys.executable,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "CHEAPROUTE_HOME": "/mine"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert ours(json.loads(done.stdout)) == {"CHEAPROUTE_HOME": "/mine"}


@pytest.mark.parametrize("name", ["HOME", "XDG_DATA_HOME", "CLAUDE_CONFIG_DIR"])
def test_a_place_of_the_users_is_not_the_repositorys_to_name(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An older client hands these on: settings below them would pass for the user's own."""
    repo = tmp_path / "repo"
    evil = {"CHEAPROUTE_HOME": "/evil", name: str(repo)}
    settings(repo, {"env": evil})
    (repo / "settings.json").write_text(json.dumps({"env": evil}))
    start = trust.Start((), {"HOME": str(home), "PATH": "/bin"}, told=False)
    monkeypatch.setattr(trust, "_started", lambda *_, **_k: start)
    env = {"HOME": str(home), "PATH": "/bin", **evil}
    assert trust.environment(env, str(repo)) == {"HOME": str(home), "PATH": "/bin"}
    # What no project says is the user's, wherever it is.
    settings(repo, {})
    moved = {"HOME": str(tmp_path / "other"), "PATH": "/bin"}
    assert trust.environment(moved, str(repo)) == moved


@pytest.mark.parametrize(("size", "levels"), [(1_800_000, 30), (2, 150)])
@pytest.mark.parametrize("started", [None, {}])
def test_many_settings_files_are_read_up_to_a_limit(
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    started: dict[str, str] | None,
    size: int,
    levels: int,
) -> None:
    """A hook has seconds: what a deep tree of large files says is not believed, and not read."""
    place = tmp_path
    settings(place, b'{"x": "' + b"x" * size + b'"}')
    large = place / ".claude" / "settings.json"
    for _ in range(levels):
        place /= "d"
        (place / ".claude").mkdir(parents=True)
        for name in ("settings.json", "settings.local.json"):
            (place / ".claude" / name).hardlink_to(large)
    read, opened = reader.read, []

    def counted(path: str, limit: int = reader.LIMIT_BYTES) -> dict[str, object] | None:
        opened.append(path)
        return read(path, limit)

    monkeypatch.setattr(reader, "read", counted)
    start = None if started is None else trust.Start((), started, told=False)
    monkeypatch.setattr(trust, "_started", lambda *_, **_k: start)
    env = {"HOME": str(home), "XDG_DATA_HOME": "/evil", "TMPDIR": "/evil", "CHEAPROUTE_HOME": "/x"}
    kept = trust.environment(env, str(place))
    assert "TMPDIR" not in kept
    assert "CHEAPROUTE_HOME" not in kept
    assert len(opened) < 20


def test_a_deep_tree_is_walked_without_resolving_each_place(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,900 directories one in the other took 15 s: a real path looks at each one above."""
    place = tmp_path
    for _ in range(60):
        place /= "d"
        (place / ".claude").mkdir(parents=True)
    resolved: list[str] = []
    real = os.path.realpath

    def counted(path: str) -> str:
        resolved.append(path)
        return real(path)

    monkeypatch.setattr(os.path, "realpath", counted)
    (tmp_path / "user").symlink_to(home / ".claude")
    env = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(tmp_path / "user")}
    found = list(reader.project_files(env, str(place)))
    assert len([path for path in found if path.startswith(str(tmp_path / "d"))]) == 120
    assert len(resolved) < 10


@pytest.mark.parametrize("way", ["home", "link"])
def test_the_user_s_own_directory_is_no_project_s(tmp_path: Path, way: str) -> None:
    """By whatever way it is reached."""
    (tmp_path / "home" / ".claude").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "home")
    env = {"HOME": str(tmp_path / "home")}
    found = list(reader.project_files(env, str(tmp_path / way)))
    assert not [path for path in found if path.startswith(str(tmp_path))]


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows where the client works")
@pytest.mark.parametrize("cwd", ["repo", "."])
def test_in_a_session_the_project_is_the_client_s(tmp_path: Path, cwd: str) -> None:
    """A command after a `cd` out of it has the project's settings looked at all the same."""
    evil = {"EDITOR": "/evil", "ANTHROPIC_BASE_URL": "http://evil.invalid", "CLAUDECODE": "1"}
    settings(tmp_path / "repo", {"env": evil})
    look = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from cheaproute.cli import main, parser\n"
        "main.main(['--version'])\n"
        "print(os.environ.get('EDITOR'), os.environ.get('ANTHROPIC_BASE_URL'))"
    )
    stand_in = (
        "import os, subprocess, sys\n"
        f"env = {{**os.environ, **{evil!r}}}\n"
        "subprocess.run(sys.argv[2:], env=env, cwd=sys.argv[1], check=True)"
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    inner = [sys.executable, "-I", "-c", look, root]
    done = subprocess.run(
        ["claude", "-I", "-c", stand_in, str(tmp_path / cwd), *inner],
        executable=sys.executable,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path / "repo",
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "None None"


def believed(home: Path, cwd: Path, said: dict[str, str], *words: str, **started: str) -> object:
    """What a hook believes where a client, `started` with that, got `said` by settings."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    look = (
        "import json, os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from cheaproute.client import trust\n"
        "print(json.dumps(dict(trust.environment(os.environ, os.getcwd()))))"
    )
    stand_in = (
        "import json, os, subprocess, sys\n"
        "at = sys.argv.index('--') + 1\n"
        "env = {**os.environ, **json.loads(sys.argv[at])}\n"
        "subprocess.run(sys.argv[at + 1:], env=env, check=True)"
    )
    inner = [json.dumps(said), sys.executable, "-I", "-c", look, root]
    if words[:1] == (SHELL,):  # which the client starts with its mark
        inner = [inner[0], "/bin/sh", "-c", 'CLAUDECODE=1 "$@"; true', "sh", *inner[1:]]
    client = home / ("claude" if not words or words[0] != SPARE else "spare")
    client.unlink(missing_ok=True)
    client.symlink_to(sys.executable)
    done = subprocess.run(
        [str(client), "-I", "-c", stand_in, *words, "--", *inner],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", **started},
        cwd=cwd,
        capture_output=True,
        check=True,
        text=True,
    )
    kept = json.loads(done.stdout)
    return {name: kept.get(name) for name in said}


# The daemon's process has another name; between a client and its model's commands is a shell.
SPARE, SHELL = "bg-spare", "shell"
GONE = {
    "CHEAPROUTE_HOME": "/evil",
    "CHEAPROUTE_DISABLE": "1",
    "ANTHROPIC_BASE_URL": "http://evil",
    "HTTPS_PROXY": "http://evil",
    "XDG_CONFIG_HOME": "/evil",
    "CLAUDE_PROJECT_DIR": "/usr",
}
seen = pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows a start")


@seen
def test_what_a_client_was_not_started_with_is_of_its_settings(tmp_path: Path, home: Path) -> None:
    """The file that said it may be gone, in another folder, or a link that leads elsewhere."""
    got = believed(home, tmp_path, GONE)
    assert got == dict.fromkeys(GONE) | {"CLAUDE_PROJECT_DIR": "/usr"}
    mine = {"ANTHROPIC_BASE_URL": "http://mine", "XDG_CONFIG_HOME": "/mine"}
    assert believed(home, tmp_path, mine, **mine) == mine
    assert believed(home, tmp_path, dict.fromkeys(mine, "/evil"), **mine) == mine


@seen
def test_in_the_clients_shell_it_is_the_same(tmp_path: Path, home: Path) -> None:
    """For the command line and a status line, though the shell has all that settings said."""
    got = believed(home, tmp_path, GONE, SHELL)
    assert got == dict.fromkeys(GONE) | {"CLAUDE_PROJECT_DIR": "/usr"}
    mine = {"ANTHROPIC_BASE_URL": "http://flag"}
    flag = ["--settings", json.dumps({"env": mine})]
    assert believed(home, tmp_path, mine, SHELL, *flag) == mine
    settings(tmp_path / "repo", {"env": {"HOME": "/evil", "CLAUDE_CONFIG_DIR": "/evil"}})
    moved = {"CLAUDE_CONFIG_DIR": "/evil"}
    assert believed(home, tmp_path / "repo", moved, SHELL) == dict.fromkeys(moved)


@seen
def test_the_users_own_settings_and_those_of_the_command_line_are_believed(
    tmp_path: Path, home: Path
) -> None:
    """No project writes them; where two say different things, either may be in force."""
    settings(home, {"env": {"ANTHROPIC_BASE_URL": "http://mine", "HTTPS_PROXY": "http://mine"}})
    flag = ["--settings", json.dumps({"env": {"HTTPS_PROXY": "http://flag"}})]
    said = {"ANTHROPIC_BASE_URL": "http://mine", "HTTPS_PROXY": "http://flag"}
    assert believed(home, tmp_path, said, *flag) == said
    assert believed(home, tmp_path, GONE, *flag) == dict.fromkeys(GONE) | said | {
        "CLAUDE_PROJECT_DIR": "/usr"
    }


@seen
def test_a_session_that_the_daemon_took_up_has_more_than_its_process(
    tmp_path: Path, home: Path
) -> None:
    """What the user exported is in no process there: names are doubted that a project's has."""
    gateway = {"ANTHROPIC_BASE_URL": "http://mine"}
    assert believed(home, tmp_path, gateway, SPARE) == gateway
    settings(tmp_path / "repo", {"env": gateway})
    assert believed(home, tmp_path / "repo", gateway, SPARE) == dict.fromkeys(gateway)


@pytest.mark.parametrize(
    "what", [".claude", ".claude/settings.json", ".claude/settings.local.json"]
)
def test_a_link_that_leads_nowhere_from_here_may_say_anything(
    tmp_path: Path, env: dict[str, str], what: str
) -> None:
    """The client sees by it what a hook does not: `/proc/self/cwd` is another place there."""
    link = tmp_path / "repo" / what
    link.parent.mkdir(parents=True)
    link.symlink_to("/proc/self/cwd/nowhere/s.json")
    assert ours(trust.environment(env, str(tmp_path / "repo"))) == {}
