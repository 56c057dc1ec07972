"""Machines odder still, each through a whole life (`make test-long`).

A start, a prompt, the gate at the cap, a stop, costs, doctor, and taken away again. The machine and
what holds on it are those of `test_odd.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import pythons
from tests.faults.test_odd import BASE, Machine, live, variables
from tests.faults.test_odd import machine as machine  # noqa: PLC0414

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

# Calls that a file system does not know, or a container does not let through.
LESS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define NONE(name, why, args) int name args { errno = why; return -1; }
#ifdef LINKS
NONE(symlink, EPERM, (const char *a, const char *b))
NONE(symlinkat, EPERM, (const char *a, int d, const char *b))
NONE(link, EPERM, (const char *a, const char *b))
NONE(linkat, EPERM, (int x, const char *a, int d, const char *b, int f))
#elif defined MODES
NONE(chmod, EPERM, (const char *a, mode_t m))
NONE(fchmod, EPERM, (int f, mode_t m))
NONE(fchmodat, EPERM, (int d, const char *a, mode_t m, int f))
NONE(chown, EPERM, (const char *a, uid_t u, gid_t g))
NONE(fchown, EPERM, (int f, uid_t u, gid_t g))
#elif defined TIMES
NONE(utimensat, EPERM, (int d, const char *p, const struct timespec t[2], int f))
NONE(futimens, EPERM, (int f, const struct timespec t[2]))
#elif defined RENAMES
NONE(rename, EXDEV, (const char *a, const char *b))
#elif defined THREADS
NONE(pthread_create, EAGAIN, (void *t, const void *a, void *(*f)(void *), void *x))
#elif defined SYNCS
NONE(fsync, EINVAL, (int f))
NONE(fdatasync, EINVAL, (int f))
#elif defined MAPS
void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t from) {
  static void *(*real)(void *, size_t, int, int, int, off_t);
  if (!real) real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
  if ((flags & MAP_SHARED) && fd >= 0) { errno = ENODEV; return MAP_FAILED; }
  return real(at, size, prot, flags, fd, from);
}
void *mmap64(void *at, size_t size, int prot, int flags, int fd, off_t from) {
  return mmap(at, size, prot, flags, fd, from);
}
#endif
"""
# Hands its stdin on through a socket that was left non-blocking, and late.
LATE = """
import os, socket, subprocess, sys, time
said = sys.stdin.buffer.read()
ours, theirs = socket.socketpair()
os.set_blocking(theirs.fileno(), False)
program = subprocess.Popen(sys.argv[1:], stdin=theirs)
theirs.close()
time.sleep(0.2)
try:
    ours.sendall(said)
except OSError:
    pass
ours.close()
sys.exit(program.wait())
"""
# What a user of bash exports.
FUNCTIONS = {
    "cd": '() { builtin cd "$@" && echo "now in $PWD"; }',
    "ls": '() { command ls --color=always "$@"; }',
    "rm": "() { echo really; return 1; }",
    "which": "() { echo which; }",
}


def less(name: str) -> Callable[[Machine], None]:
    """A file system, or a kernel, that does less."""

    def odd(machine: Machine) -> None:
        if not shutil.which("gcc"):
            pytest.skip("no C compiler")
        source, library = machine.place / "less.c", machine.place / "less.so"
        source.write_text(LESS)
        words = ["gcc", "-w", "-shared", "-fPIC", f"-D{name}", "-o", str(library), str(source)]
        subprocess.run([*words, "-ldl"], check=True, capture_output=True)
        machine.env["LD_PRELOAD"] = str(library)

    return odd


def by(script: str) -> Callable[[Machine], None]:
    """Every program is started by this Python script."""

    def odd(machine: Machine) -> None:
        (machine.place / "by.py").write_text(script)
        machine.shell = [sys.executable, "-I", str(machine.place / "by.py")]

    return odd


def python_without(part: str) -> Callable[[Machine], None]:
    """The only Python beside a whole one was built without a part that commands need."""

    def odd(machine: Machine) -> None:
        own = pythons.own(machine.place / "own", BASE, part)
        own.rename(own.with_name("python3.13"))
        machine.baked = False
        machine.env["PATH"] = f"{own.parent}:{machine.tools}:/usr/bin:/bin"

    return odd


def other_pids(machine: Machine) -> None:
    """Processes are counted anew, and /proc shows others' whose environment nobody may open."""
    machine.shell = ["unshare", "-pf"]
    if subprocess.run([*machine.shell, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace of one's own here")
    machine.env["CHEAPROUTE_HOME"] = str(machine.place / "own")


ODD: dict[str, Callable[[Machine], None]] = {
    **{f"no_{name.lower()}": less(name) for name in (
        "LINKS", "MODES", "TIMES", "RENAMES", "THREADS", "SYNCS", "MAPS",
    )},
    "stdin_late": by(LATE),
    "bash_functions": by(
        "import os, sys\n"
        f"more = {{f'BASH_FUNC_{{name}}%%': body for name, body in {FUNCTIONS!r}.items()}}\n"
        "os.execve('/bin/bash', ['sh', '--posix', *sys.argv[1:]], {**os.environ, **more})\n"
    ),
    "signals_blocked": by(
        "import os, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    ),
    "python_without_zlib": python_without("zlib"),
    "python_without_math": python_without("math"),
    "other_pids": other_pids,
    "own_with_a_variable": variables(CHEAPROUTE_HOME="$HOME/x"),
    "own_quoted": variables(CHEAPROUTE_HOME='"{place}/x"'),
    "own_of_windows": variables(CHEAPROUTE_HOME=r"C:\Users\me\x"),
    "own_with_a_line_s_end": variables(CHEAPROUTE_HOME="{place}/x\n"),
    "xdg_of_windows": variables(XDG_DATA_HOME="C:/Users/Jo Doe/x", XDG_CONFIG_HOME="C:/x"),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_a_life_on_an_odd_machine(machine: Machine, odd: str) -> None:
    """It counts and stops, or says that it cannot; what is taken away is, whatever was there."""
    machine.odd = odd
    ODD[odd](machine)
    live(machine)
    for event, name in (("user_prompt_submit", "UserPromptSubmit"), ("stop", "Stop")):
        machine.hook(event, name, prompt="go on")
    done = machine.run("install.sh", "--uninstall", "--yes")
    assert done.returncode == 0, machine.story
    left = Path(machine.home, ".local", "share", "cheaproute")
    assert not (left / "interpreter").exists(), machine.story
    assert not os.path.lexists(left / "plugin"), machine.story
