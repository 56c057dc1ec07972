"""The ways to fill a virtual environment from a lock file: uv, pip, or another Python's pip."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence

from cheaproute.config import paths
from cheaproute.config.venv import package_index, probe
from cheaproute.errors import CheaprouteError

STEP_S = 900

_PYTHON = ["-I", "-X", "utf8"]
_QUIETLY = ["--quiet", "--disable-pip-version-check", "--no-input"]
_BRIEFLY = ["--retries", "2", "--timeout", "20"]
# Wheels only, each named by its hash: a source distribution would run code that no hash names.
_PIP = ["install", *_QUIETLY, *_BRIEFLY, "--only-binary", ":all:", "--require-hashes", "-r"]
_UV = ["pip", "install", "--quiet", "--no-build", "--require-hashes"]


def install(
    base: str, place: str, lock: str, env: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """A new environment of interpreter `base` at `place`, holding exactly what `lock` names.

    It counts when its libraries were seen to be imported there (`probe`), not when pip is content.
    The ways are tried in turn; what each printed is in `environment.log` of the data directory.

    Raises:
        CheaprouteError: none worked; the message is the last one's last word.
    """
    python = os.path.join(place, "bin", "python")
    uv = shutil.which("uv", path=env.get("PATH"))
    ways: list[tuple[str, list[list[str]]]] = []
    if uv:
        fill = [uv, *_UV, "--python", python, "-r", lock]
        ways.append(("uv", [[uv, "venv", "--quiet", "--python", base, place], fill]))
    own = [[base, *_PYTHON, "-m", "venv", place], [python, *_PYTHON, "-m", "pip", *_PIP, lock]]
    # Debian's python3 without python3-venv has no ensurepip, but may have pip.
    other = [
        [base, *_PYTHON, "-m", "venv", "--without-pip", place],
        [base, *_PYTHON, "-m", "pip", "--python", python, *_PIP, lock],
    ]
    ways += [("pip", own), (f"the pip of {base}", other)]
    reason = ""
    with open(lock, encoding="utf-8") as file:
        many = sum("==" in line for line in file)
    given = package_index.environment(env)
    with open(_log(env), "w", encoding="utf-8") as log:
        for name, steps in ways:
            say(f"installing {many} libraries with {name}: up to a minute or two, by the network")
            shutil.rmtree(place, ignore_errors=True)
            reason = _failure(steps, given, log.write) or probe.wrong(python, env, lock)
            if not reason:
                return
            log.write(f"{reason}\n")
    shutil.rmtree(place, ignore_errors=True)
    raise CheaprouteError(f"{reason} (the whole story: {_log(env)})")


# What pip and uv say of an index that they do not reach.
_CUT = ("connection broken by", "failed to fetch", "could not fetch url", "dns error")


def _failure(
    steps: Sequence[Sequence[str]],
    env: Mapping[str, str],
    log: Callable[[str], object],
) -> str:
    """Why the first step that failed did, in one line; "" if all went well."""
    for step in steps:
        log(f"$ {' '.join(step)}\n")
        try:
            code, told = _ended(step, env)
        except (OSError, subprocess.TimeoutExpired) as error:
            log(f"{error}\n")
            return str(error)
        log(told)
        if code:
            lines = [line.strip() for line in told.splitlines() if line.strip()]
            return _telling(lines) or f"{step[0]} ended with {code}"
    return ""


def _ended(step: Sequence[str], env: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of `step` and all it printed.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: it took too long, and was ended.
    """
    done = subprocess.run(
        step,
        env=dict(env),
        cwd=os.sep,  # a version manager's shim goes by files of the working directory
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=STEP_S,
        check=False,
    )
    return done.returncode, done.stdout


def _telling(lines: Sequence[str]) -> str:
    """The line that says what went wrong, as far as one can tell.

    Where nothing came over the network, pip's last word is of a package that it did not find.
    """
    for line in lines:
        cause = next(
            (line[line.lower().index(mark) :] for mark in _CUT if mark in line.lower()), ""
        )
        if cause:
            return f"the index of packages cannot be reached: {cause}"[:300]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or list(lines) or [""])[-1][:300]


def _log(env: Mapping[str, str]) -> str:
    return os.path.join(paths.data_dir(env), "environment.log")
