"""Odder machines: home, variables, shells, limits and clocks as somebody's are (`make test-long`).

On each: no traceback, nothing in the project, every hook ends in 0 with nothing on stderr, and
the cap holds, or the session's start says in one line that it does not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.transcripts import assistant, usage

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

BASE = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
CAP = "[cap]\nmonth_usd = 1\n"
SAID = ("nothing is counted", "is off")
DASH = b"sh: 0: getcwd() failed: No such file or directory\n"
# Where nothing can be kept.
NOWHERE = (
    "a_home_that_cannot_be_written",
    "home_long", "home_is_a_file", "home_is_a_loop", "data_is_a_file", "short_files",
    "no_files_written",
)  # fmt: skip
# Another clock: what time() and its kin say, shifted by SHIFT seconds.
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long shift(void) { const char *s = getenv("SHIFT"); return s ? atol(s) : 0; }
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int done = real(id, t);
  if (id == CLOCK_REALTIME) t->tv_sec += shift();
  return done;
}
time_t time(time_t *out) {
  struct timespec t; clock_gettime(CLOCK_REALTIME, &t);
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  (void)zone; struct timespec now; clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec; t->tv_usec = now.tv_nsec / 1000;
  return 0;
}
"""


class Machine:
    """A home with a cap of $1, a session that spent $4, and how programs are started on it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.project = place / "project"
        self.project.mkdir()
        self.tools = place / "tools"
        self.tools.mkdir()
        (self.tools / "python3").symlink_to(BASE)
        self.home = str(place / "hearth")
        self.transcripts = place / "transcripts"
        self.env = {"PATH": f"{self.tools}:/usr/bin:/bin"}
        self.line = 'exec "$@"'
        self.shell: list[str] = []
        self.plugin = ROOT
        self.baked = True
        self.now = time.time()
        self.cwd = self.project
        self.odd = ""
        self.said: list[str] = []

    def settle(self) -> None:
        """Lay out the home: settings, and an interpreter that the session's start once baked."""
        home = Path(self.home)
        if str(home) != "/proc" and (home.is_dir() or not os.path.lexists(home)):
            own = self.env.get("CHEAPROUTE_HOME", "")
            config = Path(own) if own.startswith("/") else home / ".config" / "cheaproute"
            data = Path(own) if own.startswith("/") else home / ".local" / "share" / "cheaproute"
            for place in (config, data):
                place.mkdir(parents=True, exist_ok=True)
            (config / "config.toml").write_text(CAP)
            (data / "environment.failed").write_text("not in a test\n")
            if self.baked:
                (data / "interpreter").write_text(BASE + "\n")
        self.env.setdefault("HOME", self.home)
        self.transcripts.mkdir(exist_ok=True)

    def run(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a program of the plugin's; no traceback, nothing left in the project."""
        program = [*self.shell, os.path.join(self.plugin, words[0]), *words[1:]]
        done = subprocess.run(
            ["/bin/sh", "-c", self.line, "sh", *program],
            env=self.env,
            cwd=self.cwd,
            input=given,
            capture_output=True,
            timeout=120,
            check=False,
        )
        out = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.said.append(f"$ {' '.join(words)}: {done.returncode}\n{out}")
        assert "Traceback" not in out, self.story
        assert ": bug: " not in out, self.story
        assert os.listdir(self.project) == [], self.story
        return done

    @property
    def story(self) -> str:
        """All that was said."""
        return "\n".join(self.said)

    def hook(self, event: str, name: str, **more: object) -> dict[str, object]:
        """A hook's answer; it ends in 0 and says nothing on stderr."""
        session = "11111111-2222-4333-8444-555555555555"
        common = {
            "hook_event_name": name,
            "session_id": session,
            "transcript_path": str(self.transcripts / f"{session}.jsonl"),
            "cwd": str(self.project),
        }
        done = self.run("hooks/run", event, given=json.dumps({**common, **more}).encode())
        assert done.returncode == 0, self.story
        # What dash says of such a directory before it reads its script.
        assert done.stderr.replace(DASH, b"") == b"", self.story
        answer: dict[str, object] = json.loads(done.stdout) if done.stdout else {}
        return answer

    def spend(self) -> None:
        """Four dollars, now."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(self.now))
        used = usage(input_tokens=800_000, cache_read_input_tokens=0, output_tokens=1)
        session = "11111111-2222-4333-8444-555555555555"
        row = assistant(model="claude-opus-4-5", ts=stamp, used=used, session=session)
        (self.transcripts / f"{session}.jsonl").write_text(json.dumps(row) + "\n")


def live(machine: Machine) -> None:
    """A session that passes its cap; costs and doctor after it."""
    machine.settle()
    start = machine.hook("session_start", "SessionStart", source="startup")
    machine.spend()
    stopped = machine.hook("post_tool_batch", "PostToolBatch", tool_calls=[])
    said = str(start.get("systemMessage", ""))
    held = stopped.get("continue") is False
    counted = not any(word in said for word in SAID)
    assert held or not counted, machine.story
    assert held or machine.odd in NOWHERE, machine.story
    assert len(said.splitlines()) <= 1, machine.story
    for words in (["costs", "--json"], ["costs"], ["cap"], ["doctor"]):
        done = machine.run("bin/cheaproute", *words)
        assert done.returncode in (0, 1), machine.story
        if words == ["costs", "--json"] and counted:
            assert json.loads(done.stdout)["total_usd"] > 3, machine.story


def variables(**env: str) -> Callable[[Machine], None]:
    """Variables that are set."""
    return lambda machine: machine.env.update(
        {name: value.replace("{place}", str(machine.place)) for name, value in env.items()}
    )


def limit(line: str) -> Callable[[Machine], None]:
    """What the shell does before it starts each program."""

    def odd(machine: Machine) -> None:
        machine.line = f'{line}\nexec "$@"'

    return odd


def home_named(name: str) -> Callable[[Machine], None]:
    """A home of that name."""

    def odd(machine: Machine) -> None:
        machine.home = f"{machine.place}/{name}"

    return odd


def shell(*words: str) -> Callable[[Machine], None]:
    """Scripts started by another shell."""

    def odd(machine: Machine) -> None:
        if not shutil.which(words[0]):
            pytest.skip(f"no {words[0]}")
        machine.shell = list(words)

    return odd


def first_python(script: str) -> Callable[[Machine], None]:
    """Another program called python3 stands first on PATH, and nothing is baked."""

    def odd(machine: Machine) -> None:
        machine.baked = False
        shims = machine.place / "shims"
        shims.mkdir()
        for name in ("python3", "python3.13", "python3.12", "python3.11"):
            (shims / name).write_text(script)
            (shims / name).chmod(0o755)
        (machine.tools / "python3").unlink()
        behind = machine.place / "behind"
        behind.mkdir()
        for version in (11, 12, 13):
            (behind / f"python3.{version}").symlink_to(BASE)
        machine.env["PATH"] = f"{shims}:{behind}:/usr/bin:/bin"

    return odd


def clock(year: int) -> Callable[[Machine], None]:
    """A clock that stands in another year."""

    def odd(machine: Machine) -> None:
        source, library = machine.place / "clock.c", machine.place / "clock.so"
        source.write_text(CLOCK)
        done = subprocess.run(
            ["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("no C compiler")
        import calendar

        at = calendar.timegm((year, 1, 15, 12, 0, 0))
        machine.env |= {"LD_PRELOAD": str(library), "SHIFT": str(int(at - time.time()))}
        machine.now = at

    return odd


def home_is_a_file(machine: Machine) -> None:
    """HOME names a file."""
    Path(machine.home).write_text("x")


def home_is_a_loop(machine: Machine) -> None:
    """HOME is a link to itself."""
    Path(machine.home).symlink_to(machine.home)


def data_is_a_file(machine: Machine) -> None:
    """The data directory's parent is a file."""
    share = Path(machine.home, ".local")
    share.mkdir(parents=True)
    (share / "file").write_text("x")
    machine.env["XDG_DATA_HOME"] = str(share / "file")


def home_by_a_link(machine: Machine) -> None:
    """HOME is a link."""
    (machine.place / "real").mkdir()
    Path(machine.home).symlink_to(machine.place / "real")


def full_tmp(machine: Machine) -> None:
    """No room for temporary files."""
    place = machine.place / "tmp"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    (place / "x").write_bytes(b"x" * 4096)
    machine.env |= {"TMPDIR": str(place), "SQLITE_TMPDIR": str(place)}


def no_proc(machine: Machine) -> None:
    """No /proc."""
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", "umount -l /proc && ! test -e /proc/self"],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("no mount namespace of one's own here")
    machine.shell = ["unshare", "-m", "sh", "-c", 'umount -l /proc; exec "$@"', "sh"]


def plugin_named(name: str) -> Callable[[Machine], None]:
    """The plugin in a directory of that name."""

    def odd(machine: Machine) -> None:
        place = machine.place / name
        for part in ("cheaproute", "hooks", "bin", ".claude-plugin"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(os.path.join(ROOT, part), place / part, ignore=ignored)
        shutil.copy(os.path.join(ROOT, "requirements.lock"), place)
        machine.plugin = str(place)

    return odd


def plugin_by_a_link(machine: Machine) -> None:
    """The plugin behind a link."""
    (machine.place / "link").symlink_to(ROOT)
    machine.plugin = str(machine.place / "link")


def bytes_home(machine: Machine) -> None:
    """A home whose name is no UTF-8."""
    machine.home = os.fsdecode(os.fsencode(machine.place) + b"/h\xf6me")


def interpreter_is(content: bytes) -> Callable[[Machine], None]:
    """What stands in the baked interpreter's file; a good Python is on PATH."""

    def odd(machine: Machine) -> None:
        machine.baked = False
        place = Path(machine.home, ".local", "share", "cheaproute")
        place.mkdir(parents=True)
        text = content.replace(b"{place}", os.fsencode(machine.place))
        (place / "interpreter").write_bytes(text)
        (machine.place / "other").write_bytes(b"\x7fELF\2\1\1 of another machine")
        (machine.place / "other").chmod(0o755)

    return odd


def cwd_gone(machine: Machine) -> None:
    """The working directory was removed."""
    machine.line = (
        f'mkdir "{machine.place}/gone$$"; cd "{machine.place}/gone$$"; rmdir ../gone$$; exec "$@"'
    )


def no_tools(machine: Machine) -> None:
    """Nothing but Python on PATH."""
    machine.env["PATH"] = str(machine.tools)


def relative_path(machine: Machine) -> None:
    """Relative entries on PATH."""
    machine.baked = False
    machine.env["PATH"] = f"tools:.:{machine.tools}:/usr/bin:/bin"


def relative_words(machine: Machine) -> None:
    """Started by a relative path, with CDPATH."""
    machine.cwd = Path(machine.plugin)
    machine.plugin = "."
    machine.env["CDPATH"] = f"/usr:/:{machine.plugin}"


def conda(machine: Machine) -> None:
    """Conda is activated, with an old Python."""
    first_python("#!/bin/sh\necho 'Python 3.8.1'\nexit 1\n")(machine)
    machine.env |= {
        "CONDA_PREFIX": "/opt/conda",
        "CONDA_DEFAULT_ENV": "base",
        "CONDA_EXE": "/opt/conda/bin/conda",
        "PYTHONNOUSERSITE": "1",
        "SSL_CERT_FILE": "/opt/conda/ssl/cacert.pem",
    }


def pyenv(machine: Machine) -> None:
    """Shims of pyenv choose a version that is not there."""
    first_python("#!/bin/sh\necho \"pyenv: version '3.99' is not installed\" >&2\nexit 1\n")(
        machine
    )
    machine.env |= {"PYENV_VERSION": "3.99", "PYENV_ROOT": "/nowhere"}


def evil_path(machine: Machine) -> None:
    """PYTHONPATH hides the standard library."""
    evil = machine.place / "evil"
    evil.mkdir()
    for name in ("json", "sqlite3", "sitecustomize", "os", "cheaproute", "time"):
        (evil / f"{name}.py").write_text("raise SystemExit('evil')\n")
    machine.env |= {"PYTHONPATH": str(evil), "PYTHONSTARTUP": str(evil / "os.py")}


ODD: dict[str, Callable[[Machine], None]] = {
    "home_with_a_space": home_named("my home"),
    "home_with_a_newline": home_named("my\nhome"),
    "home_beyond_ascii": home_named("Jürgen ☕ 田中"),
    "home_decomposed": home_named("jose\u0301"),
    "home_with_shell_words": home_named("$(touch x)`id`;'\"*?"),
    "home_with_a_slash_at_its_end": home_named("home///"),
    "home_with_dots": home_named("a/../home"),
    "home_long": home_named("/".join("d" * 200 for _ in range(4))),
    "home_is_a_file": home_is_a_file,
    "home_is_a_loop": home_is_a_loop,
    "home_by_a_link": home_by_a_link,
    "data_is_a_file": data_is_a_file,
    "home_of_bytes": bytes_home,
    "plugin_with_a_space": plugin_named("the plug in"),
    "plugin_with_quotes": plugin_named("it's \"$(x)\" `y`; *?"),
    "plugin_with_a_newline": plugin_named("plug\nin"),
    "plugin_beyond_ascii": plugin_named("プラグイン ü"),
    "plugin_with_a_colon": plugin_named("a:b"),
    "plugin_by_a_link": plugin_by_a_link,
    "cwd_gone": cwd_gone,
    "interpreter_empty": interpreter_is(b""),
    "interpreter_crlf": interpreter_is(os.fsencode(BASE) + b"\r\n"),
    "interpreter_nonsense": interpreter_is(b"\x00\xff\n" * 50),
    "interpreter_is_a_directory": interpreter_is(b"/\n"),
    "interpreter_relative": interpreter_is(b"python3\n"),
    "interpreter_of_another_machine": interpreter_is(b"{place}/other\n/gone.so\n"),
    "tmpdir_missing": variables(TMPDIR="/nowhere/at/all", SQLITE_TMPDIR="/nowhere"),
    "tmpdir_relative": variables(TMPDIR="tmp", SQLITE_TMPDIR="."),
    "full_tmp": full_tmp,
    "path_empty": variables(PATH=""),
    "path_without_tools": no_tools,
    "path_relative": relative_path,
    "words_relative_cdpath": relative_words,
    "cdpath": variables(CDPATH="/:/usr:."),
    "shell_variables": variables(
        IFS="/x", ENV="/nowhere", BASH_ENV="/nowhere", SHELLOPTS="xtrace", PS4="+"
    ),
    "python_prints": first_python("#!/bin/sh\necho hello; echo hello >&2; exit 0\n"),
    "python_fails": first_python("#!/bin/sh\nexit 127\n"),
    "python_is_no_program": first_python("\x7fELF nonsense"),
    "conda": conda,
    "pyenv": pyenv,
    "pythonhome": variables(PYTHONHOME="/nowhere"),
    "pythonpath": evil_path,
    "python_variables": variables(
        PYTHONINSPECT="1", PYTHONVERBOSE="1", PYTHONWARNINGS="error", PYTHONDONTWRITEBYTECODE="1",
        PYTHONUTF8="0", PYTHONIOENCODING="utf-16", PYTHONOPTIMIZE="2", PYTHONCOERCECLOCALE="warn",
        PYTHONNODEBUGRANGES="1", PYTHONPROFILEIMPORTTIME="1", PYTHONDEVMODE="1",
        PYTHONINTMAXSTRDIGITS="640",
    ),
    "comma": variables(LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8", LC_NUMERIC="de_DE.UTF-8"),
    "no_such_locale": variables(LC_ALL="xx_YY.nothing", LANGUAGE="xx"),
    "tz_nonsense": variables(TZ="No/Where/:::"),
    "tz_file": variables(TZ=":/etc/passwd"),
    "tz_odd": variables(TZ="<-03>+03:30:30<+14>-14,J1,J365"),
    "tz_long": variables(TZ="A" * 4000),
    "clock_1970": clock(1970),
    "clock_1971": clock(1971),
    "clock_2038": clock(2039),
    "clock_2107": clock(2107),
    "few_files": limit("ulimit -n 16"),
    "little_memory": limit("ulimit -v 120000"),
    "no_threads": limit("ulimit -s 400000; ulimit -v 300000"),
    "small_stack": limit("ulimit -s 256"),
    "short_files": limit("ulimit -f 1"),
    "no_files_written": limit("ulimit -f 0"),
    "no_core_no_lock": limit("ulimit -c 0; ulimit -l 0"),
    "no_proc": no_proc,
    "umask_777": limit("umask 777"),
    "sigpipe_ignored": limit("trap '' PIPE"),
    "signals_ignored": limit("trap '' HUP INT TERM CHLD ALRM"),
    "sh_is_bash": shell("bash"),
    "sh_is_bash_posix": shell("bash", "--posix"),
    "sh_is_zsh": shell("zsh"),
    "sh_is_zsh_as_sh": shell("zsh", "--emulate", "sh"),
    "sh_is_busybox": shell("busybox", "sh"),
    "sh_is_mksh": shell("mksh"),
    "sh_is_strict": shell("dash", "-u"),
    "terminal_odd": variables(TERM="", COLUMNS="-1", LINES="x", NO_COLOR="1", FORCE_COLOR="3"),
    "columns_huge": variables(COLUMNS="99999999999999999999"),
    "variables_many": variables(**{f"X{n}": "x" * 10_000 for n in range(60)}),
    "cloud_shell": variables(CLAUDE_CONFIG_DIR="relative/claude", CLAUDE_PROJECT_DIR="relative"),
}  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine like any other."""
    return Machine(tmp_path)


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_machine(machine: Machine, odd: str) -> None:
    """It counts and stops, or says that it cannot."""
    machine.odd = odd
    ODD[odd](machine)
    try:
        live(machine)
    finally:
        subprocess.run(["umount", "-l", machine.place / "tmp"], capture_output=True, check=False)


CLOSED = ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", "</dev/null"]


@pytest.mark.parametrize("closed", CLOSED)
def test_streams_that_are_not_there(machine: Machine, closed: str) -> None:
    """Whatever is closed or full: every hook ends in 0, and the next one on a good stream stops."""
    machine.settle()
    machine.spend()
    machine.line = f'exec "$@" {closed}'
    for event in ("session_start", "user_prompt_submit", "post_tool_batch", "stop", "session_end"):
        assert machine.run("hooks/run", event, given=b"{}").returncode == 0, machine.story
    for words in (["costs"], ["costs", "--json"], ["cap"], ["doctor"], ["--help"]):
        done = machine.run("bin/cheaproute", *words)
        assert done.returncode in (0, 1), machine.story
        assert len(done.stderr.splitlines()) <= 1, machine.story
    machine.line = 'exec "$@"'
    assert machine.hook("post_tool_batch", "PostToolBatch", tool_calls=[])["continue"] is False


def test_a_reader_that_leaves_early(machine: Machine) -> None:
    """`cheaproute costs | head -c 1`, with SIGPIPE as it is and ignored: no word of it."""
    machine.settle()
    for prefix in ("", "trap '' PIPE; "):
        machine.line = f'{prefix}"$@" | head -c 1 >/dev/null'
        for words in (["costs"], ["costs", "--explain"], ["doctor"], ["--help"]):
            assert machine.run("bin/cheaproute", *words).stderr == b"", machine.story
