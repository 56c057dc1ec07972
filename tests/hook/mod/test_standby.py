"""Who stands by for the module's questions: asked by the client alone, gone when it should be."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap.process_identity import started
from cheaproute.hook import main
from cheaproute.hook.standby import process
from cheaproute.money import NANO
from tests.conftest import ROOT
from tests.e2e.hands import copy
from tests.hook.mod.test_questions import FLIGHT, OPUS, UUID, Home, record

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel says who asks")
TURN = {"hook_event_name": "ModTurn", "session_id": UUID, "cwd": "/", "busy": True}
PROBE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from cheaproute.hook import main
from cheaproute.hook.standby import process
process._load()
before = set(sys.modules)
for question in json.loads(sys.argv[2]):
    main.respond("mod", json.dumps(question).encode(), os.environ)
print(sorted(name for name in set(sys.modules) - before if name.startswith("cheaproute")))
"""
STARTER = "import subprocess, sys; subprocess.run(sys.argv[1:]); sys.stdin.read()"
ELSEWHERE = """
import socket, sys
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect(sys.argv[1])
    try:
        asking.sendall(sys.argv[2].encode())
        print(asking.recv(100))
    except (ConnectionResetError, BrokenPipeError):
        print(b"")
"""


def post(question: object, until_ms: float = 0) -> bytes:
    """The request that the client makes of a question, which waits 9 s unless told."""
    body = json.dumps(question).encode()
    until = int(until_ms or time.time() * 1000 + 9_000)
    head = b"POST / HTTP/1.1\r\nX-Until: %d\r\nContent-Length: %d\r\n\r\n"
    return head % (until, len(body)) + body


class Standby:
    """One that stands by for this very process, or for one that is had start it."""

    def __init__(self, home: Home, root: str = ROOT, client: tuple[str, ...] = ()) -> None:
        (home.data / "passes").mkdir(parents=True, exist_ok=True)
        hook = os.path.join(root, "hooks", "hook.py")
        self.started = subprocess.Popen(
            [*client, sys.executable, "-I", "-S", hook, "mod_standby"],
            env=home.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.started.stdout is not None
        self.word, _, self.where = self.started.stdout.readline().strip().partition(" ")
        self.pid = int(self.where.rpartition(".")[2])

    def say(self, request: bytes) -> bytes:
        """What comes back."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(30)
            asking.connect(self.where)
            said = b""
            try:
                asking.sendall(request)
                while part := asking.recv(1 << 16):
                    said += part
            except (ConnectionResetError, BrokenPipeError):
                return b""
        return said

    def ask(self, **question: object) -> dict[str, Any]:
        """The answer to a question."""
        head, _, body = self.say(post({**TURN, **question})).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert body.startswith(self.word.encode() + b"{")
        found: dict[str, Any] = json.loads(body.removeprefix(self.word.encode()))
        return found

    def has_ended(self) -> bool:
        """Whether it ends, within half a minute."""
        for _ in range(3000):
            if not started(self.pid):
                return True
            time.sleep(0.01)
        return False

    def take_away(self) -> None:
        """Nothing is left of it."""
        if started(self.pid):
            os.kill(self.pid, signal.SIGKILL)
        self.started.kill()
        self.started.communicate()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A user with a cap of a hundred dollars."""
    return Home(tmp_path, 100 * NANO)


@pytest.fixture
def standby(home: Home) -> Iterator[Standby]:
    """One that stands by."""
    one = Standby(home)
    yield one
    one.take_away()


def test_it_answers_as_a_start_would(home: Home, standby: Standby) -> None:
    """The same leave, booked and set aside for the client's process, not for its own."""
    assert standby.ask(calls=[record(1)])["booked"] is True
    said = standby.ask()
    assert said["grant"]["nano"] > 0
    with closing(home.ledger()) as db:
        assert db.execute("SELECT DISTINCT pid FROM reservation").fetchall() == [(os.getpid(),)]
    assert set(home.ask("ModTurn")) == set(said)
    assert home.spent() == 200_000_000


def test_what_was_written_since_holds_for_the_next_question(home: Home, standby: Standby) -> None:
    """It has loaded programs, and no setting, cap or sum."""
    assert standby.ask(hook_event_name="ModGate", asked=[FLIGHT])["denies"] == [""]
    config = Path(home.env["CHEAPROUTE_HOME"], "config.toml")
    config.write_text("[cap]\nmonth_usd = 0.01\n")
    assert standby.ask(hook_event_name="ModGate", asked=[FLIGHT])["denies"] != [""]


CLIENT = """
import os, socket, subprocess, sys
env = {**os.environ, "CHEAPROUTE_HOME": sys.argv[2], "CLAUDE_PROJECT_DIR": os.getcwd()}
start = [sys.executable, "-I", "-S", sys.argv[1], "mod_standby"]
with subprocess.Popen(start, env=env, stdout=subprocess.PIPE, text=True) as one:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(one.stdout.readline().split()[1])
        asking.sendall(sys.stdin.buffer.read())
        while asking.recv(1 << 16):
            pass
    one.kill()
"""


def test_a_projects_word_is_believed_no_more_than_by_a_start(tmp_path: Path) -> None:
    """The client, played here, was not started with what a project's settings say of us."""
    home, project, evil = (tmp_path / name for name in ("home", "project", "evil"))
    data = home / ".local" / "share" / "cheaproute"
    for folder in (data / "passes", project / ".claude", evil / "passes"):
        folder.mkdir(parents=True)
    said = {"env": {"CHEAPROUTE_HOME": str(evil)}}
    (project / ".claude" / "settings.json").write_text(json.dumps(said))
    subprocess.run(
        [sys.executable, "-c", CLIENT, os.path.join(ROOT, "hooks", "hook.py"), str(evil)],
        input=post({**TURN, "cwd": str(project)}),
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "ANTHROPIC_API_KEY": "sk-ant-x"},
        cwd=project,
        check=True,
        timeout=60,
    )
    assert (data / "ledger.db").exists()
    assert not (evil / "ledger.db").exists()


def test_another_process_is_not_heard(home: Home, standby: Standby) -> None:
    """The kernel says who asks: a shell of the model's gets nothing, and books nothing."""
    request = post({**TURN, "calls": [record(1)]}).decode()
    asking = [sys.executable, "-c", ELSEWHERE, standby.where, request]
    said = subprocess.run(asking, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "b''"
    assert standby.ask()["enabled"] is True
    assert home.spent() == 0


def test_each_answer_bears_the_word_that_the_client_alone_was_told(home: Home) -> None:
    """Who takes its place at the socket does not know it; no two have the same."""
    both = [Standby(home), Standby(home)]
    assert both[0].word != both[1].word
    for one in both:
        assert len(one.word) == 32
        assert one.word.encode() not in Path(f"/proc/{one.pid}/environ").read_bytes()
        assert one.ask()["enabled"] is True
        one.take_away()


@pytest.mark.parametrize("request_", [b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 70_000])
def test_what_is_no_question_hurts_nobody(standby: Standby, request_: bytes) -> None:
    """It gets no answer, and the next one does."""
    assert standby.say(request_) == b""
    assert standby.ask()["enabled"] is True


@pytest.mark.parametrize("wait_s", [-1, 3600], ids=["was stopped", "clock set back"])
def test_a_question_that_waits_no_more_is_not_answered(
    home: Home, standby: Standby, wait_s: float
) -> None:
    """It was stopped since, or the clock was put back: nothing is booked, a start sees to it."""
    late = post({**TURN, "calls": [record(1)]}, (time.time() + wait_s) * 1000)
    assert standby.say(late) == b""
    assert standby.ask()["enabled"] is True
    assert home.spent() == 0


SLOW = """
import os, time
if os.path.exists({mark!r}):
    while True:
        time.sleep(1)
"""


def test_an_answer_that_takes_too_long_ends_with_its_time(home: Home, tmp_path: Path) -> None:
    """Nobody waits for it any more: its process goes, and not by what ends a hook that hangs."""
    root, mark = copy(str(tmp_path / "plugin")), tmp_path / "slow"
    seat = Path(root, "cheaproute", "hook", "mod", "http_fetch.py")
    head, rest = seat.read_text().split("def _judged(event: Event, context: Context, ", 1)
    name, body = rest.split("\n", 1)
    slow = SLOW.format(mark=str(mark)).replace("\n", "\n    ")
    seat.write_text(f"{head}def _judged(event: Event, context: Context, {name}\n{slow}\n{body}")
    one = Standby(home, root)
    assert one.ask()["enabled"] is True
    mark.touch()
    assert one.say(post(TURN, (time.time() + 1) * 1000)).endswith(one.word.encode())
    mark.unlink()
    assert one.ask()["enabled"] is True
    one.take_away()
    assert "gave up" not in "".join(path.read_text() for path in home.data.rglob("*.log"))


def test_who_stands_by_waits_for_others_no_longer_than_its_question_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A ledger that is held leaves it time to say what is known all the same."""
    told: list[float] = []
    monkeypatch.setattr(main, "run", lambda *_, patience_s, **_more: told.append(patience_s))
    for seconds in (1.0, 4.0):
        main._said_to(b"{}", seconds)
    assert told == [0.6, main.OWN_PATIENCE_S["mod"]]


def test_who_starts_it_ends_and_leaves_it_in_peace(standby: Standby) -> None:
    """The client has no child to end, no stream that stays open, no group to send a signal to."""
    assert standby.started.communicate(timeout=30)[0] == ""
    assert standby.started.returncode == 0
    assert os.getsid(standby.pid) != os.getsid(0)
    assert {os.readlink(f"/proc/{standby.pid}/fd/{number}") for number in range(3)} == {os.devnull}
    assert standby.ask()["enabled"] is True


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_client(home: Home, how: signal.Signals) -> None:
    """However that ended: nothing of it is left."""
    one = Standby(home, client=(sys.executable, "-c", STARTER))
    assert started(one.pid)
    one.started.send_signal(how)
    assert one.has_ended()
    one.take_away()
    assert list((home.data / "passes").iterdir()) == []


def test_a_client_that_has_ended_is_not_stood_by() -> None:
    """Its number may be another's by then."""
    code = "from cheaproute.hook.standby import process; process.Client(1)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "ProcessLookupError" in said.stderr or "PermissionError" in said.stderr


def test_an_empty_question_ends_it(home: Home, standby: Standby) -> None:
    """Who was too slow once is asked no more, and stands by for nobody."""
    standby.say(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
    assert standby.has_ended()
    assert list((home.data / "passes").iterdir()) == []


def test_who_has_ended_is_not_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy whose maker has gone has another parent: the system's first process, as a rule."""
    ended: list[int] = []
    monkeypatch.setattr("os.kill", lambda pid, _how: ended.append(pid))
    process._end(os.getppid() + 1)
    assert ended == []
    process._end(os.getppid())
    assert ended == [os.getppid()]


def test_it_ends_when_it_is_told_to(home: Home, standby: Standby) -> None:
    """And takes its socket along."""
    os.kill(standby.pid, signal.SIGTERM)
    assert standby.has_ended()
    assert list((home.data / "passes").iterdir()) == []


@pytest.mark.parametrize(
    "file", ["hooks/hook.py", "hooks/start.py", "cheaproute/cap/answers/gate.py"]
)
def test_it_ends_where_its_files_are_others(home: Home, tmp_path: Path, file: str) -> None:
    """After an update, or damage, a start sees to the question, with what is there now."""
    root = copy(str(tmp_path / "plugin"))
    one = Standby(home, root)
    assert one.ask()["enabled"] is True
    with Path(root, file).open("a") as text:
        text.write("\n")
    assert one.say(post(TURN)) == b""
    assert one.has_ended()
    one.take_away()


def test_a_place_too_deep_for_a_socket(tmp_path: Path) -> None:
    """It is heard in a folder of the user's alone elsewhere, which goes with it."""
    one = Standby(Home(tmp_path / ("deep" * 30), 100 * NANO))
    assert one.ask()["enabled"] is True
    folder = os.path.dirname(one.where)
    assert stat.S_IMODE(os.stat(folder).st_mode) == stat.S_IRWXU
    os.kill(one.pid, signal.SIGTERM)
    assert one.has_ended()
    one.take_away()
    assert not os.path.exists(folder)


def test_a_question_of_a_turn_loads_nothing_more(home: Home) -> None:
    """What it needs is loaded once, when it begins to stand by."""
    more = {"turn_id": "t", "model": OPUS, "session_model": OPUS, "prompt": "tidy up"}
    asked = [
        {**TURN, "hook_event_name": name, **given}
        for name, given in (
            ("ModTurn", {}),
            ("ModGate", {"asked": [FLIGHT]}),
            ("ModBook", {"calls": [record(1)]}),
            ("ModStep", more),
            ("ModTool", {}),
            ("ModTurnEnd", {}),
            ("ModStop", {"stop": {}}),
        )
    ]
    Path(home.env["CHEAPROUTE_HOME"], "config.toml").write_text('[routing]\nmain = "auto"\n')
    home.ask("ModStart", version="2.1.332")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROBE, ROOT, json.dumps(asked)],
        env=home.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
