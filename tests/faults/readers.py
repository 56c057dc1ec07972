"""Every reader of what others write, each on one hostile file: what came of it, as JSON.

`python -m tests.faults.readers CONTENT HOME` runs all of them in this process, which has little
memory, and tells of each "" or what was wrong; and which places of the code opened such a file.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cheaproute import guide
from cheaproute.cap import limits
from cheaproute.cap.shared import elsewhere, lease
from cheaproute.client import login, permissions, settings, settings_edit, trust
from cheaproute.client.agents import pinned
from cheaproute.client.plugins import installed, switches
from cheaproute.client.transcript import (
    client_total,
    conversation,
    peek,
    reader,
    runs,
    title,
)
from cheaproute.config import paths, snapshot, toml_file
from cheaproute.config.venv import package_index, status
from cheaproute.delegate import documents, turn
from cheaproute.errors import CheaprouteError
from cheaproute.hook import main, statusline
from cheaproute.ledger import store
from cheaproute.ledger.ingest import activity, ingest, unwritten
from cheaproute.ledger.upkeep import check, unreadable
from cheaproute.machines import folder, identity, reading, sync
from cheaproute.machines.team import member
from cheaproute.plan import applied, look
from cheaproute.report import seen
from cheaproute.routing.labels import Judge
from cheaproute.usage import prices
from tests.faults.contents import filled
from tests.transcripts import assistant

MB_50 = 50_000_000
# What a reader may have besides what Python itself takes, and how long it may need.
MOST_MEMORY = 1 << 30
MOST_S = int(os.environ.get("MOST_S", "60"))
# What a hook may say of such a file.
_LOGGED = ("ConfigError", "IsADirectoryError", "OSError: [Errno 40]")
NOW = 1_795_000_000_000
GOOD = json.dumps(assistant("msg_good"), separators=(",", ":")).encode() + b"\n"


class Hangs(BaseException):
    """A reader that does not end."""


def _sparse(path: Path) -> None:
    path.write_bytes(b'{"env": "')
    os.truncate(path, 6 << 30)


# What stands before and behind the text of a call's row.
_BEFORE, _BEHIND = (
    json.dumps(assistant("msg_odd", text="@@"), separators=(",", ":")).encode().split(b"@@")
)


# What takes no time to make and none to read: of every kind of file.
QUICK: dict[str, Callable[[Path], None]] = {
    "6 GB of nothing": _sparse,
    "a deep nest": filled((b'{"env":', 200_000)),
    "a nest of lists": filled((b"[", 300_000)),
    "a nest in a row": filled(
        GOOD, b'{"type":"user","message":{"usage":', (b"[", 300_000), b"\n", GOOD
    ),
    "a closed nest": filled(b'{"plugins":', (b"[", 300_000), (b"]", 300_000), b"}"),
    "a number of a million digits": filled(b'{"type": ', (b"9", 1_000_000), b"}"),
    "not UTF-8": filled(b'{"env": "\xff\xfe\xed\xa0\x80"}\n'),
    "marks without end": filled(
        GOOD,
        b'{"type":"cost-state","x":[',
        (b'{"promptIndex":0,"promptId":"p","turnPosition":{}},', 40_000),
        b'{}],"sessionId":"',
        (b'\\"', 400_000),
        b'"}\n',
        b'{"type":"assistant","file_path":"',
        (b'\\"', 60_000),
        b'","x":[',
        (b'{"usage":{"input_tokens":1},"content":[]},', 40_000),
        b"{}]}\n",
        GOOD,
        b'{"type":"cost-state","modelUsage":{},"startTime":1}\n',
    ),
    "dotted keys": filled(b"a", (b".a", 200_000), b" = 1\n"),
    "tables in tables": filled(b"x = ", (b"{a = ", 100_000), b"\n"),
    "a pipe": os.mkfifo,
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
    "a directory": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path.name),
}
LONG: dict[str, Callable[[Path], None]] = {
    "50 MB of blanks": filled(b"{", (b" ", MB_50), b"}"),
    "50 MB of text": filled(b'{"env": {"x": "', (b"x", MB_50), b'"}}'),
    "50 MB of objects": filled(b'{"plugins": [', (b'{"a":1},', MB_50 // 8), b"{}]}"),
    "50 MB of short lines": filled(GOOD, (b'{"type":"mode","mode":"x"}\n', MB_50 // 27), GOOD),
    "a row of 50 MB": filled(GOOD, _BEFORE, (b"x", MB_50), _BEHIND + b"\n", GOOD),
    "a row of 30 MB": filled(GOOD, _BEFORE, (b'{\\"usage\\":{', 2_500_000), _BEHIND + b"\n", GOOD),
    "50 MB without an end": filled(GOOD, _BEFORE, (b"x", MB_50), _BEHIND[:-2]),
}


class Home:
    """A home of its own, with a project, a transcript and a ledger that knows it."""

    def __init__(self, place: Path) -> None:
        self.path = place
        self.project = place / "src"
        self.claude = place / ".claude"
        self.data = place / ".local" / "share" / "cheaproute"
        self.transcript = place / TRANSCRIPT
        for one in (self.project, self.data, self.transcript.parent):
            one.mkdir(parents=True, mode=0o700)
        # As if the build of the environment had just failed: no session starts another.
        (self.data / "environment.failed").write_text("not in a test\n")
        self.env: dict[str, str] = {"HOME": str(place), "PATH": "/usr/bin:/bin"}
        self.env["CLAUDE_PROJECT_DIR"] = str(self.project)

    def event(self, name: str, **fields: object) -> bytes:
        """An event of this home's session."""
        common = {
            "session_id": self.transcript.stem,
            "transcript_path": str(self.transcript),
            "cwd": str(self.project),
            "hook_event_name": name,
        }
        return json.dumps({**common, **fields}).encode()


Read = Callable[[Home, Path], object]
_SETTINGS = ".claude/settings.json"


def _layers(home: Home, _path: Path) -> object:
    cwd = str(home.project)
    permissions.rules(home.env, cwd)
    login.recognise(home.env, {}, cwd)
    settings.options(home.env)
    return list(settings.layers(home.env, cwd))


def _ledger(read: Callable[[Any, str], object]) -> Read:
    def run(home: Home, path: Path) -> object:
        with_rows = store.connect(str(home.data / "ledger.db"))
        try:
            return read(with_rows, str(path))
        finally:
            with_rows.close()

    return run


def _ingested(db: Any, path: str) -> None:
    ingest.read(db, [path], NOW, prices.load())
    unreadable.skipped(db)
    assert check.problems(db) == []
    with contextlib.suppress(OSError):
        unwritten.nano(db, path, NOW, prices.load())
    if Path(path).is_file() and GOOD in Path(path).read_bytes()[-len(GOOD) :]:
        assert db.execute("SELECT count(*) FROM call WHERE id = 'msg_good'").fetchone() == (1,)


def _named(_db: Any, path: str) -> object:
    return seen._files_read([path], "x")


def _machine(_home: Home, path: Path) -> object:
    found = folder.head(str(path)) if path.is_file() else None
    found = found or folder.Head("0" * 16, "x", b"", 0)
    if not path.is_file():
        return folder.files(str(path.parent.parent))
    assert reading.as_left(str(path), found, None, None)
    return reading.read(str(path), found, None, None, NOW, lambda _, __: None)


def _state() -> client_total.CostState:
    return client_total.CostState("", 0, 0, 0, {})


def _last_total(path: Path) -> int:
    if path.is_file() and path.stat().st_size < 1 << 32:
        return path.read_bytes().rfind(b'{"type":"cost-state"')
    return 1 << 32


def _document(_home: Home, path: Path) -> object:
    return None if path.is_fifo() else documents.read([str(path)], lambda: b"")  # `ask <(log)`


def _tracked(home: Home) -> None:
    os.environ.update(home.env)
    with contextlib.suppress(OSError):  # as it says
        guide.track_api_cost("claude-haiku-5-5", 1000, 10)


def _hook(home: Home, _path: Path) -> None:
    for name, event in (
        ("session_start", "SessionStart"),
        ("user_prompt_submit", "UserPromptSubmit"),
        ("post_tool_batch", "PostToolBatch"),
        ("stop", "Stop"),
    ):
        main.respond(name, home.event(event, prompt="/costs"), home.env)
    log = home.data / "cheaproute.log"
    for line in log.read_text().splitlines() if log.exists() else ():
        assert any(word in line for word in _LOGGED), line


def _on_stdin(home: Home, path: Path) -> object:
    if not path.is_file() or path.stat().st_size > 60_000_000:
        return None
    raw = path.read_bytes()[:8_000_001]
    for name in main.HANDLERS:
        main.respond(name, raw, home.env)
    return statusline.respond(raw, home.env)


TRANSCRIPT = f".claude/projects/-src/{'1' * 8}-2222-4333-8444-{'5' * 12}.jsonl"
# reader -> (where the file is, how it is read).
READERS: dict[str, tuple[str, Read]] = {
    "user's settings": (_SETTINGS, _layers),
    "user's settings, edited": (_SETTINGS, lambda h, _: settings_edit.model(h.env)),
    "user's settings, for the plan": (_SETTINGS, lambda h, _: look.in_force(h.env, {})),
    "managed settings": (".claude/remote-settings.json", _layers),
    "project's settings": (f"src/{_SETTINGS}", _layers),
    "project's own settings": ("src/.claude/settings.local.json", _layers),
    "project's variables": (
        f"src/{_SETTINGS}",
        lambda h, _: trust.foreign({**h.env, "PATH": "x"}, str(h.project)),
    ),
    "project's switches": (f"src/{_SETTINGS}", lambda h, _: switches.kept_out(str(h.project))),
    "a worktree's pointer": ("src/.git", lambda h, _: settings.main_checkout(str(h.project))),
    "an agent of the project": (
        "src/.claude/agents/x.md",
        lambda h, _: pinned.pin("x", str(h.project), h.env),
    ),
    "an agent of the user": (
        ".claude/agents/x.md",
        lambda h, _: pinned.pin("x", str(h.project), h.env),
    ),
    "the list of plugins": (
        ".claude/plugins/installed_plugins.json",
        lambda h, _: (pinned.pin("plug:x", str(h.project), h.env), installed.is_gone(h.env)),
    ),
    "the client's state": (".claude.json", lambda h, _: (settings.state(h.env), _layers(h, _))),
    "the account": (".claude.json", lambda h, _: login.pays_past_the_plan(h.env)),
    "the login": (".claude/.credentials.json", _layers),
    "config.toml": (".config/cheaproute/config.toml", lambda _, p: toml_file.read(str(p))),
    "config.toml, in a hook": (".config/cheaproute/config.toml", _hook),
    "the snapshot": (
        ".local/share/cheaproute/snapshot.json",
        lambda h, _: (snapshot.load(h.env), snapshot.last_good(h.env)),
    ),
    "the limits kept": (
        ".local/share/cheaproute/caps.json",
        _ledger(lambda db, p: limits.restore(db, os.path.dirname(p))),
    ),
    "other machines' sums": (".local/share/cheaproute/elsewhere.json", _hook),
    "pip's settings": (".config/pip/pip.conf", lambda h, _: package_index.environment(h.env)),
    "uv's settings": (".config/uv/uv.toml", lambda h, _: package_index.environment(h.env)),
    "a machine's file": ("sync/cheaproute/x.jsonl", _machine),
    "a transcript": (TRANSCRIPT, _ledger(_ingested)),
    "a transcript, in a hook": (TRANSCRIPT, _hook),
    "a transcript's activity": (
        TRANSCRIPT,
        _ledger(lambda db, p: activity.read(db, p, Judge())),
    ),
    "a transcript's conversation": (TRANSCRIPT, lambda _, p: conversation.read(str(p))),
    "a transcript's head": (TRANSCRIPT, lambda _, p: peek.announced_model(str(p))),
    "a transcript's tail": (TRANSCRIPT, lambda _, p: peek.wait_for(str(p), "", ["x"], 0.0)),
    "a transcript's turn": (TRANSCRIPT, lambda _, p: turn.latest(str(p))),
    "a transcript's title": (TRANSCRIPT, lambda _, p: title.read(str(p))),
    "a run's begin": (TRANSCRIPT, lambda _, p: runs.date(_state(), str(p), _last_total(p))),
    "names of files read": (TRANSCRIPT, _ledger(_named)),
    "an agent's note": (
        TRANSCRIPT.replace(".jsonl", "/subagents/agent-a.meta.json"),
        lambda _, p: reader.describe(reader.File(str(p).replace(".meta.json", ".jsonl"))),
    ),
    "a document asked about": ("src/x.log", _document),
    "an event": ("event", _on_stdin),
    "own: machine": (".local/share/cheaproute/machine.json", lambda h, _: identity.this(h.env)),
    "own: lease": (".local/share/cheaproute/lease.json", lambda h, _: lease.read(str(h.data))),
    "own: sums": (
        ".local/share/cheaproute/elsewhere.json",
        lambda h, _: elsewhere.read(str(h.data)),
    ),
    "own: team": (".local/share/cheaproute/team.json", lambda h, _: member.of(h.env)),
    "own: passphrase": (".local/share/cheaproute/sync.key", lambda h, _: sync.wanted(h.env, {})),
    "own: plan": (".config/cheaproute/plan.toml", lambda h, _: applied.load(h.env)),
    "own: interpreter": (".local/share/cheaproute/interpreter", lambda h, _: status.bake(h.env)),
    "own: tracked": (
        ".local/share/cheaproute/api_costs.json",
        lambda h, _: _tracked(h),
    ),
    "own: home": (".local/share/cheaproute/home", lambda h, _: paths.data_dir(h.env)),
}

STREAMS = {"a transcript", "a transcript, in a hook", "a transcript's activity", "a machine's file"}


def _watched(wanted: str, hit: set[str]) -> None:
    """Note which functions of ours open the file at `wanted`."""
    for module in (builtins, os):
        real = module.open

        def opened(path: Any, *args: Any, _real: Any = real, **options: Any) -> Any:
            with contextlib.suppress(TypeError, ValueError):
                if os.path.abspath(os.fsdecode(path)) == wanted:
                    frame = sys._getframe(1)
                    while frame.f_back and frame.f_code.co_filename.endswith("fastjson.py"):
                        frame = frame.f_back
                    hit.add(site(frame.f_code.co_filename, frame.f_code.co_name))
            return _real(path, *args, **options)

        module.open = opened  # type: ignore[attr-defined]


def site(path: str, function: str) -> str:
    """How a place of the code is named."""
    return f"{path.rpartition('/cheaproute/')[2]}:{function}"


def one(name: str, content: Callable[[Path], None], place: Path) -> Iterator[str]:
    """What is wrong with the reader `name` on this content: nothing, or a line."""
    where, read = READERS[name]
    home = Home(place)
    path = place / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    content(path)
    signal.alarm(MOST_S)
    try:
        read(home, path)
    except CheaprouteError:
        pass
    except Hangs:
        yield "hangs"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
        last = traceback.extract_tb(error.__traceback__)[-1]
        yield f"{type(error).__name__}: {error!s:.80} at {last.filename}:{last.lineno}"
    finally:
        signal.alarm(0)


def run(content: str, place: Path) -> None:
    """Print what each reader made of `content`, and where it was opened."""
    make = (QUICK | LONG)[content]

    def late(*_: object) -> None:
        raise Hangs

    signal.signal(signal.SIGALRM, late)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY + (256 << 20), -1))
    wrong: dict[str, list[str]] = {}
    hit: set[str] = set()
    real = builtins.open, os.open
    for number, name in enumerate(READERS):
        if make is _sparse and name in STREAMS:
            continue  # read to the end, a piece at a time
        here = place / str(number)
        _watched(str(here / READERS[name][0]), hit)
        if found := list(one(name, make, here)):
            wrong[name] = found
        builtins.open, os.open = real
        shutil.rmtree(here, ignore_errors=True)  # what a hook began may still write there
    print(json.dumps({"wrong": wrong, "hit": sorted(hit)}))


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
