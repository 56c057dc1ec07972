"""Our own code in another process, waited for or not: the one way to start it (hot path)."""

from __future__ import annotations

import sys

from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); "


def command(code: str, *words: str, python: str = "", libraries: bool = False) -> list[str]:
    """What starts `code`, with `words` as its `sys.argv[1:]`, on `python` (else this one).

    Isolated, and with UTF-8 names whatever the locale, as the client has them. `libraries` of the
    Python's environment are left out otherwise: that is quicker.
    """
    bare = [] if libraries else ["-S"]
    python = python or sys.executable
    return [python, "-I", *bare, "-X", "utf8", "-c", _BOOT + code, paths.ROOT, *words]


def start(
    env: Mapping[str, str], code: str, cwd: str, *, python: str = "", libraries: bool = False
) -> bool:
    """Start `code` with nobody watching, from `cwd`; whether it was started."""
    import subprocess

    try:
        child = subprocess.Popen(
            command(code, python=python, libraries=libraries),
            env=dict(env),
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
        env=dict(env),
        cwd=cwd,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors else subprocess.DEVNULL,
        timeout=timeout_s,
        check=False,
    )
