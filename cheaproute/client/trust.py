"""What of the environment is the user's word, and what a repository put there (hot path).

Claude Code hands the `env` of a project's `.claude/settings.json` and `settings.local.json` on to
hooks: all of it on 2.1.139; on 2.1.270 and 2.1.332 not the places of HOME, XDG and the client. So a
repository one opens could name another home, a ledger, a program, an index, a host, a credential.
A variable that chooses such a thing is believed where the client itself was started with it; else
where the user's own settings have it so; else only if no settings file of a project around here
sets its name. What is not believed gives way to what the user had said.
"""

from __future__ import annotations

import os

from cheaproute import client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What chooses a ledger, a program, a host, an index, a credential, a certificate, a configuration.
WATCHED = (
    "CHEAPROUTE_",
    "CLAUDE_PLUGIN_OPTION_",
    "CLAUDE_CODE_USE_",
    "CLAUDE_CODE_SKIP_",
    "CLAUDE_CODE_OAUTH_",
    "CLAUDE_CODE_API_",
    "CLAUDE_CODE_CLIENT_",
    "CLAUDE_CODE_CERT_",
    "CLAUDE_CODE_EXTRA_",
    "CLAUDE_CODE_HOST_",
    "CLAUDE_CODE_SHELL",
    "CLAUDE_CODE_GIT_",
    "CLAUDE_ENV_",
    "ANTHROPIC_",
    "PATH",
    "PIP_",
    "UV_",
    "PYTHON",
    "VIRTUAL_ENV",
    "CONDA",
    "PYENV",
    "SSL_",
    "SSLKEYLOGFILE",
    "REQUESTS_",
    "CURL_",
    "OPENSSL_",
    "GIT_",
    "NODE_",
    "NPM_",
    "npm_",
    "BUN_",
    "NETRC",
    "AWS_",
    "GOOGLE_",
    "GCLOUD_",
    "CLOUDSDK_",
    "CLOUD_ML_",
    "VERTEX_",
    "AZURE_",
    "PG",
    "LD_",
    "DYLD_",
    "BASH_ENV",
    "ENV",
    "SHELL",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "COMSPEC",
    "PATHEXT",
    "SYSTEMROOT",
    "OTEL_",
    "SQLITE_",
    "GLIBC_TUNABLES",
    "GCONV_PATH",
    "LOCPATH",
    *("NLSPATH", "TERMINFO", "TZDIR", "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "RESOLV_"),
    *("XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "XDG_CURRENT_DESKTOP", "XDG_SESSION_", "XDG_RUNTIME_DIR"),
    *("XDG_STATE_HOME", "XDG_MENU_PREFIX", "DESKTOP_SESSION", "KDE_", "GNOME_"),
    *("KRB5", "DBUS_", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "WSL_INTEROP", "LESS"),
    *("MANPAGER", "PERL", "RUBY", "JAVA", "JDK_", "_JAVA"),
    *("SSH_", "SUDO_", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "TMPDIR", "TEMP"),
    *("TMP", "IFS", "CDPATH", "PS4", "PROMPT_COMMAND", "ZDOTDIR", "MALLOC_", "ELECTRON_"),
    *("HTTP_", "HTTPS_", "ALL_", "NO_PROXY", "http_", "https_", "all_", "no_proxy"),
)
# Where the user's things are: taken from the client's start where a project says otherwise.
_PLACES = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "CLAUDE_CONFIG_DIR")
_LONGEST = 10_000_000  # the client passes over a longer file
_MOST_BYTES, _MOST_FILES = 4_000_000, 200  # of all around a place: tenths of a second
_CLIENTS, _MOST_ABOVE, _MARK = (b"(claude", b"(claude.exe"), 64, "\0CLAUDECODE="
_SHELLS = frozenset(("sh", "dash", "bash", "zsh", "ash", "ksh", "mksh", "busybox", "fish", "env"))


def environment(env: Mapping[str, str], cwd: str) -> Mapping[str, str]:
    """`env` as the user means it; `env` itself where all of it is."""
    started = _started()
    if started is not None:
        env = _placed(env, cwd, started)
    if started is not None and _may_be_nested(client.pid()):
        from cheaproute.client import ancestry

        env = ancestry.of_the_user(env)
    doubtful = _doubtful(env, started)
    if not doubtful:
        return env
    taken = foreign(env, cwd, doubtful)
    if not taken:
        return env
    from cheaproute.client import settings

    said = started or {}
    clean = {name: value for name, value in env.items() if name not in taken}
    own = settings.variables(settings.user(env))
    for name in taken:
        if name in own:
            clean[name] = own[name]
        elif name in said:
            clean[name] = said[name]
    return clean


def _placed(env: Mapping[str, str], cwd: str, started: Mapping[str, str]) -> Mapping[str, str]:
    """`env` with those places that a project's settings say as the client was started with them."""
    moved = [name for name in _PLACES if name in env and env[name] != started.get(name)]
    if not moved:
        return env
    from cheaproute.client import settings

    here = {name: value for name, value in env.items() if name not in moved}
    here |= {name: started[name] for name in moved if name in started}
    files = _affordable(settings.project_files(here, cwd), _LONGEST + _MOST_BYTES, _LONGEST)
    if files is None:
        return here
    for path in files:
        said = settings.variables(settings.read(path, _LONGEST) or {})
        if any(said.get(name) == env[name] for name in moved):
            return here
    return env


def foreign(env: Mapping[str, str], cwd: str, names: Iterable[str] | None = None) -> set[str]:
    """Those of `names` (else of all that are watched) that a project's settings set."""
    from cheaproute.client import settings

    names = set(_doubtful(env, None) if names is None else names)
    files = _affordable(settings.project_files(env, cwd)) if names else []
    taken: set[str] = set(names if files is None else ())
    for path in files or ():
        taken |= _sets(path, names)
        if taken == names:
            break
    if not taken:
        return taken
    own = settings.variables(settings.user(env))
    return {name for name in taken if env.get(name) != own.get(name)}


def _affordable(
    files: Iterable[str], room: int = _MOST_BYTES, longest: int = 1 << 62
) -> list[str] | None:
    """These files; None where there is more in them than a hook has the time to read.

    One that is longer than `longest` is left out.
    """
    found = []
    for path in files:
        try:
            size = os.stat(path).st_size
            if size > longest:
                continue
            room -= size
        except FileNotFoundError:
            continue
        except OSError:
            pass
        found.append(path)
        if room < 0 or len(found) > _MOST_FILES:
            return None
    return found


def _started() -> Mapping[str, str] | None:
    """What the client above us was started with; None where that cannot be seen.

    A hook's parent is the client; one that the client started has its mark, or is a shell.
    """
    try:
        raw = _environ(client.pid())
        shell = os.path.basename(os.readlink(f"/proc/{client.pid()}/exe")) in _SHELLS
    except OSError:
        return None
    if shell or _MARK in raw:
        from cheaproute.client import ancestry

        return ancestry.started_with()
    return {name: value for name, _, value in (one.partition("=") for one in raw.split("\0"))}


def _may_be_nested(pid: int) -> bool:
    """Whether process `pid` bears the client's mark, or one above it the client's name."""
    try:
        if _MARK in _environ(pid):
            return True
        for number in range(_MOST_ABOVE):
            with open(f"/proc/{pid}/stat", "rb", 0) as file:
                name, _, rest = file.read(1000).rpartition(b")")
            if number and name.endswith(_CLIENTS):
                return True
            pid = int(rest.split(None, 2)[1])
    except (OSError, ValueError, IndexError):
        pass
    return False


def _environ(pid: int) -> str:
    with open(f"/proc/{pid}/environ", "rb", 0) as file:
        return "\0" + os.fsdecode(file.read())


def _doubtful(env: Mapping[str, str], started: Mapping[str, str] | None) -> list[str]:
    """The watched variables that the client was not started with as they are now."""
    if started is None:
        return [name for name in env if name.startswith(WATCHED)]
    return [
        name
        for name, value in env.items()
        if started.get(name) != value and name.startswith(WATCHED)
    ]


def _sets(path: str, names: set[str]) -> set[str]:
    """Those of `names` that the settings file sets; all of them where there is no telling."""
    from cheaproute.client import settings

    content = settings.read(path)
    if content is None:
        return set(names)
    said = {name.partition("=")[0] for name in settings.variables(content)}
    if os.name == "nt":  # which does not tell variables apart by case
        upper = {name.upper() for name in said}
        return {name for name in names if name.upper() in upper}
    return names & said
