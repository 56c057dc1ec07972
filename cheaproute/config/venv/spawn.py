"""Our own code in another process, waited for or not: the one way to start it (hot path)."""

from __future__ import annotations

import sys

from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

# All that a process of ours is given: where things are, how to log in and by which way to connect,
# and how to write. Whatever else there is chooses how other programs behave.
_NAMES = frozenset(
    (
        *("HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP"),
        *("TMP", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
        *("PROGRAMDATA", "PATHEXT", "TERM", "TERM_PROGRAM", "COLORTERM", "VTE_VERSION", "COLUMNS"),
        *("LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "IS_SANDBOX", "NETRC"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"),
        *("CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED"),
        *("LD_LIBRARY_PATH", "DBUS_SESSION_BUS_ADDRESS", "CLOUD_ML_REGION", "EDITOR", "VISUAL"),
        # To open a browser.
        *("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DESKTOP_SESSION", "WSL_INTEROP"),
        *("XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"),
        *("XDG_RUNTIME_DIR", "WSL_DISTRO_NAME", "TERMINAL_EMULATOR"),
        *("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"),
    )
)
_PREFIXES = (
    *("CHEAPROUTE_", "CLAUDE", "ANTHROPIC_", "AWS_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "VERTEX_"),
    *("AZURE_", "LC_", "PG", "PIP_", "UV_", "SSL_"),
)
_LANGUAGES, _SIZES = ("LANG", "LC_"), ("COLUMNS", "LINES")
_MOST_DIGITS = 3
# What each begins with.
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); "


def allowed(env: Mapping[str, str]) -> dict[str, str]:
    """What of `env` a process of ours is given."""
    return {
        name: value
        for name, value in env.items()
        if (name.upper() in _NAMES or name.startswith(_PREFIXES)) and _fits(name, value)
    }


def _fits(name: str, value: str) -> bool:
    """Whether it says no more than its name does: a language is no place, a screen has an edge."""
    if name.startswith(_LANGUAGES):
        return "/" not in value and ".." not in value
    return name not in _SIZES or (value.isdecimal() and len(value) <= _MOST_DIGITS)


def command(code: str, *words: str, python: str = "", libraries: bool = False) -> list[str]:
    """What starts `code`, with `words` as its `sys.argv[1:]`, on `python` (else this one).

    Isolated, and with UTF-8 names whatever the locale, as the client has them. `libraries` of the
    Python's environment are left out otherwise: that is quicker.
    """
    bare = [] if libraries else ["-S"]
    python = python or sys.executable
    return [python, "-I", *bare, "-X", "utf8", "-c", BOOT + code, paths.ROOT, *words]


def start(
    env: Mapping[str, str], code: str, cwd: str, *, python: str = "", libraries: bool = False
) -> bool:
    """Start `code` with nobody watching, from `cwd`; whether it was started."""
    import subprocess

    try:
        child = subprocess.Popen(
            command(code, python=python, libraries=libraries),
            env=allowed(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    child.returncode = 0  # nobody waits for it
    return True


def ask(env: Mapping[str, str], command: list[str], timeout_s: float, given: bytes) -> bytes:
    """What a `command` of ours answers on stdout to `given`; it ends by itself, also if we do.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: it took longer than `timeout_s`; it goes on unwatched.
    """
    import subprocess
    from contextlib import suppress

    child = subprocess.Popen(
        command,
        env=allowed(env),
        cwd="/",  # the working directory is a project's
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        restore_signals=False,  # an answer that nobody hears any more is no reason to die
    )
    try:
        answer, _ = child.communicate(given, timeout_s)
    except BaseException:
        child.returncode = 0  # nobody waits for it
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it was not given yet
                    pipe.close()
        raise
    return answer


def run(
    env: Mapping[str, str],
    command: list[str],
    timeout_s: float,
    given: bytes = b"",
    *,
    errors: bool = True,
    cwd: str | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a `command` to its end; its stdout, and stderr where `errors` are asked for.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: it took longer than `timeout_s`.
    """
    import subprocess

    return subprocess.run(
        command,
        env=allowed(env),
        cwd=cwd,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors else subprocess.DEVNULL,
        timeout=timeout_s,
        check=False,
    )
