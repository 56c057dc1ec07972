"""Can it run: the interpreter, the libraries, and the hooks, started as the client starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.config import paths
from cheaproute.config import platform as system
from cheaproute.config.venv import build, probe, spawn, status, usable

_WAIT_S = 20
# Above this a user begins to feel each prompt.
_SLOW_MS = 2000
_SETUP = "run `cheaproute setup`"


def platform(_context: Context) -> Iterator[Finding]:
    """Whether hooks can run on this system at all."""
    if not system.runs_hooks():
        yield Finding(FAULT, system.NO_HOOKS, sys.platform, system.USE_WSL)


def interpreter(context: Context) -> Iterator[Finding]:
    """The Python that hooks/run starts without looking for one."""
    path = paths.interpreter_file(context.env)
    try:
        with open(path, encoding="utf-8") as file:
            python = file.readline().rstrip("\n")
    except (OSError, ValueError):
        yield Finding(WARNING, "no interpreter is set: each hook looks for one", path, _SETUP)
        return
    command = [python, "-I", "-S", "-X", "utf8", usable.__file__]
    try:
        done = spawn.run(context.env, command, _WAIT_S)
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding(FAULT, f"the hooks' interpreter does not start: {error}", path, _SETUP)
        return
    lack = done.stdout.decode("utf-8", "replace").partition("\n")[0].strip()
    if lack != usable.YES:
        what = f"the hooks' interpreter {lack or 'does not start'}: {python}"
        yield Finding(FAULT, what, path, _SETUP)
    else:
        yield Finding(OK, "hooks have their Python", python)


def libraries(context: Context) -> Iterator[Finding]:
    """The environment of the command line and of delegated calls, seen to work."""
    if not os.path.exists(paths.LOCK_FILE):
        yield Finding(OK, "installed as a package", sys.prefix)
        return
    python = status.python(context.env)
    if status.ready(context.env):
        wrong = probe.wrong(python, context.env)
        if wrong:
            status.doubt(context.env)
            yield Finding(FAULT, f"the environment does not work: {wrong}", python, _SETUP)
        else:
            yield Finding(OK, "the environment is ready", python)
        return
    failure = paths.failure_file(context.env)
    try:
        with open(failure, encoding="utf-8") as file:
            yield Finding(
                FAULT, f"the environment was not built: {file.read().strip()}", failure, _SETUP
            )
    except OSError:
        if build.under_way(context.env):
            what = "the environment is being built in the background, once"
            yield Finding(NOTE, what, python)
            return
        what = "the environment is not built, or of another version"
        yield Finding(WARNING, what, python, _SETUP)


def hooks(context: Context) -> Iterator[Finding]:
    """A prompt `/costs`, sent through the real launcher into a ledger that is thrown away."""
    if context.env.get("CHEAPROUTE_DISABLE") == "1":
        yield Finding(WARNING, "switched off", "CHEAPROUTE_DISABLE=1", "unset it")
    launcher = os.path.join(paths.ROOT, "hooks", "run")
    if not os.access(launcher, os.X_OK):
        yield Finding(FAULT, "the hooks' launcher cannot be started", launcher, "install again")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        # With no transcripts there, no reading of them in the background is begun.
        places = dict.fromkeys(("CHEAPROUTE_HOME", "CLAUDE_CONFIG_DIR"), scratch)
        env = {**context.env, **places, "CHEAPROUTE_DISABLE": ""}
        try:
            with open(paths.interpreter_file(context.env), encoding="utf-8") as file:
                python = file.read()
            with open(os.path.join(scratch, "interpreter"), "w", encoding="utf-8") as file:
                file.write(python)
        except OSError:
            pass  # said above
        begun = time.monotonic()
        try:
            done = subprocess.run(
                [launcher, "user_prompt_submit"],
                input=json.dumps(_event(scratch)),
                env=env,
                cwd=scratch,
                capture_output=True,
                text=True,
                timeout=_WAIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:  # its own words are our command
            yield Finding(FAULT, f"a hook did not answer within {_WAIT_S} s", launcher)
            return
        except (OSError, subprocess.SubprocessError) as error:
            yield Finding(FAULT, f"a hook does not run: {error}", launcher)
            return
        took = round((time.monotonic() - begun) * 1000)
        yield _judged(done, took, launcher, paths.log_file(env))


def _event(scratch: str) -> dict[str, str]:
    return {
        "hook_event_name": "UserPromptSubmit",
        "session_id": "doctor",
        "transcript_path": os.path.join(scratch, "none.jsonl"),
        "cwd": scratch,
        "prompt": "/costs",
    }


def _judged(done: subprocess.CompletedProcess[str], took: int, launcher: str, log: str) -> Finding:
    if done.returncode or done.stderr:
        said = (done.stderr.strip().splitlines() or [""])[-1]
        return Finding(FAULT, f"a hook ended with {done.returncode}: {said}", launcher)
    if '"decision"' not in done.stdout:
        try:
            with open(log, encoding="utf-8") as file:
                why = file.readlines()[-1].strip()
        except (OSError, IndexError):
            why = "and logged nothing"
        return Finding(FAULT, f"a hook was asked /costs and stayed silent: {why}", launcher)
    said = f"hooks answer, /costs in {took:,} ms"
    if took > _SLOW_MS:
        do = "a slow start is most often a busy machine: look again when it is quiet"
        return Finding(NOTE, said, launcher, do)
    return Finding(OK, said, launcher)
