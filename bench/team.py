"""Fifty members' machines on one PostgreSQL that is killed, cut off and restarted meanwhile.

Each machine is a process with a ledger of its own: it makes calls while its lease lasts, as a gate
would let it, and does its rounds. Nothing may be lost or doubled, and the team's cap may be passed
by the calls in flight alone.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing

from cheaproute.cap import state
from cheaproute.cap.shared import lease
from cheaproute.errors import CheaprouteError
from cheaproute.ledger import store
from cheaproute.ledger.calls.batch_totals import Tally
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.schema import MAIN
from cheaproute.ledger.transactions import Immediate
from cheaproute.machines import identity
from cheaproute.machines.team import admin, connection, member, policy, skew, telling, work
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.machines.team.conftest import OWNER_PASSWORD, Server, programs

ONE_NANO = 4_000_000  # a thousand tokens of Opus 5.5's input
BURST = 20
# Small file system of the server's, where one may be mounted: it is filled up for a while.
DISK_MB = 900
# Seconds after which machines make no more calls, and tell what they made.
MOST_S = 600


def run(*, quick: bool) -> None:
    """Print what came of it."""
    members, calls, cap_usd = (8, 4_000, 12) if quick else (50, 240_000, 870)
    with tempfile.TemporaryDirectory(prefix="cheaproute-team-", dir="/tmp") as place:
        os.chmod(place, 0o755)  # noqa: S103  # the server is another user
        os.makedirs(os.path.join(place, "pg"))
        disk = _mounted(os.path.join(place, "pg"))
        server = Server(os.path.join(place, "pg"), programs())
        server.make()
        server.start()
        try:
            print(_played(server, place, members, calls, cap_usd, disk=disk))
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.stop("immediate")
            if disk:
                subprocess.run(["/bin/umount", "-l", server.place], check=False)
            shutil.rmtree(os.path.join(place, "pg"), ignore_errors=True)


def _mounted(place: str) -> bool:
    """Whether a small file system could be mounted there."""
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "tmpfs", place]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _played(
    server: Server, place: str, members: int, calls: int, cap_usd: int, *, disk: bool
) -> str:
    with connection.connect(server.url("owner"), password=OWNER_PASSWORD) as db:
        admin.init(db)
        caps = [{"scope": "team", "key": "", "period": "month", "usd": cap_usd}]
        policy.write(db, {**policy.read(db), "caps": caps, "lease_s": 600})
        for number in range(members):
            env = {"HOME": place, "CHEAPROUTE_HOME": os.path.join(place, f"m{number}")}
            os.makedirs(env["CHEAPROUTE_HOME"])
            password = admin.add(db, f"m_{number}")
            member.join(env, server.url(f"m_{number}"), password, projects=False)
    idle = _idle(server, place)
    begin = time.monotonic()
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.team", place, str(number), str(calls // members)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(members)
    ]
    trouble = _trouble(server, children, os.path.join(place, "pg", "full") if disk else "")
    told = [child.communicate()[0].split() for child in children]
    took = time.monotonic() - begin
    made = sum(int(words[0]) for words in told)
    rounds = sorted(float(words[1]) for words in told if float(words[1]) > 0)
    with connection.connect(server.url("owner"), password=OWNER_PASSWORD) as db:
        row = db.execute("SELECT count(*), sum(cost_nano) FROM cheaproute.call").fetchone()
        kept = db.execute(
            "SELECT nano FROM cheaproute.spent WHERE scope = 'team' AND period = 'month'"
        ).fetchone()
    assert row is not None  # noqa: S101
    assert kept is not None  # noqa: S101
    rows, nano = int(str(row[0])), int(str(row[1]))
    over = max(0, nano - cap_usd * 10**9)
    exact = rows == made and nano == made * ONE_NANO == int(str(kept[0]))
    return (
        f"{members} machines, {made:,} calls made of {calls:,} wanted, cap ${cap_usd}: "
        f"{took:.0f} s, {rows / took:,.0f} rows a second; {trouble}\n"
        f"server has {rows:,} rows, ${nano / 1e9:,.2f}: {'exact' if exact else 'NOT EXACT'}; "
        f"over the cap by ${over / 1e9:.3f} (a machine's burst: ${BURST * ONE_NANO / 1e9:.3f})\n"
        f"a round (report and lease): median {statistics.median(rounds) * 1e3:.0f} ms\n{idle}"
    )


def _idle(server: Server, place: str) -> str:
    """What one costs while nobody else asks; what a lease adds to a gate's judgement."""
    env = {"HOME": place, "CHEAPROUTE_HOME": os.path.join(place, "one")}
    os.makedirs(env["CHEAPROUTE_HOME"])
    with connection.connect(server.url("owner"), password=OWNER_PASSWORD) as db:
        member.join(env, server.url("m_one"), admin.add(db, "m_one"), projects=False)
    joined = member.of(env)
    assert joined is not None  # noqa: S101
    machine, now_ms = identity.this(env, ()), int(time.time() * 1000)
    took: dict[str, list[float]] = {
        "take": [],
        "report": [],
        "round": [],
        "with": [],
        "without": [],
    }
    path = os.path.join(env["CHEAPROUTE_HOME"], "ledger.db")

    def timed(name: str, do: Callable[[], object]) -> None:
        begin = time.perf_counter()
        do()
        took[name].append((time.perf_counter() - begin) * 1e3)

    with closing(store.connect(path)) as ledger, member.connect(env, joined) as db:

        def report() -> None:
            with closing(telling.kept(env)) as kept:
                telling.tell(ledger, kept, db, machine, joined)

        def take() -> None:
            skew_s = skew.of(db, now_ms)
            work.take(ledger, db, machine, joined, "2026-11", 0, now_ms, skew_s=skew_s)

        for turn in range(40):
            _burst(ledger, prices.load({}), 10_000, turn * BURST, BURST, now_ms)
            timed("report", report)
            timed("take", take)
        timed("round", lambda: [_round(env, ledger, joined, now_ms) for _ in range(20)])
        took["round"] = [took["round"][0] / 20]
        for _ in range(400):
            timed("with", lambda: state.state(ledger, 0, now_ms))
        os.unlink(os.path.join(env["CHEAPROUTE_HOME"], lease.FILE))
        for _ in range(400):
            timed("without", lambda: state.state(ledger, 0, now_ms))
        db.execute("SELECT cheaproute.release(%s)", (machine.id,))
    with connection.connect(server.url("owner"), password=OWNER_PASSWORD) as owner:
        admin.remove(owner, "m_one", delete=True)
        owner.execute("DELETE FROM cheaproute.spent")
    at = {name: statistics.median(times) for name, times in took.items()}
    return (
        f"one member alone: a lease {at['take']:.1f} ms, a report of {BURST} calls "
        f"{at['report']:.1f} ms, a round with its connection {at['round']:.1f} ms\n"
        f"a gate's judgement: {at['with']:.3f} ms with a lease, {at['without']:.3f} ms without"
    )


def _fill(server: Server, path: str) -> None:
    """The server's disk is full for some seconds; it may end of that, and is started again."""
    with contextlib.suppress(OSError), open(path, "wb") as file:
        while True:
            file.write(b"x" * (1 << 20))
            file.flush()
    time.sleep(6)
    os.unlink(path)
    with contextlib.suppress(subprocess.CalledProcessError):
        server.stop("immediate")
    server.start()


def _trouble(server: Server, children: list[subprocess.Popen[str]], full: str) -> str:
    """Kill, cut and fill while they work; what was done."""
    killed = cut = filled = 0
    chance = random.Random(7)
    while any(child.poll() is None for child in children):
        time.sleep(chance.uniform(1, 3))
        if full and killed == 2 and not filled:
            _fill(server, full)
            filled += 1
        elif killed < 3 and chance.random() < 0.2:
            server.stop("immediate")
            server.start()
            killed += 1
        else:
            try:
                with connection.connect(server.url("owner"), password=OWNER_PASSWORD) as db:
                    db.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE pid <> pg_backend_pid() AND usename LIKE 'm\\_%' LIMIT 5"
                    )
                cut += 1
            except CheaprouteError:
                continue
    return f"server killed {killed} times, its disk full {filled}, connections cut {cut} times"


def _machine(place: str, number: int, calls: int) -> None:
    """One machine's life; prints the calls it made and the median seconds of its rounds."""
    env = {"HOME": place, "CHEAPROUTE_HOME": os.path.join(place, f"m{number}")}
    table = prices.load({})
    joined = member.of(env)
    assert joined is not None  # noqa: S101
    skew_ms = (number % 5 - 2) * 300_000  # clocks up to ten minutes apart
    took: list[float] = []
    made = idle = 0
    end_s = time.monotonic() + MOST_S
    path = os.path.join(env["CHEAPROUTE_HOME"], "ledger.db")
    with closing(store.connect(path)) as ledger:
        while made < calls and idle < 4 and time.monotonic() < end_s:
            now_ms = int(time.time() * 1000) + skew_ms
            took.append(_round(env, ledger, joined, now_ms))
            if not took[-1]:
                continue
            held = lease.read(env["CHEAPROUTE_HOME"])
            before = made
            while held and made < calls and _left(ledger, held, now_ms) > 0:
                _burst(ledger, table, number, made, min(BURST, calls - made), now_ms)
                made += min(BURST, calls - made)
            idle = idle + 1 if made == before else 0
        for _ in range(60):
            took.append(_round(env, ledger, joined, int(time.time() * 1000) + skew_ms))
            if took[-1] > 0:
                break
            time.sleep(0.5)
    good = [one for one in took if one > 0]
    print(made, statistics.median(good) if good else 0)


def _round(
    env: dict[str, str], ledger: sqlite3.Connection, joined: member.Member, now_ms: int
) -> float:
    """Seconds of one round, 0 where the server was not there."""
    begin = time.monotonic()
    try:
        with member.connect(env, joined) as db:
            work.run(env, ledger, db, identity.this(env, ()), joined, now_ms)
    except CheaprouteError:
        time.sleep(0.3)
        return 0.0
    return time.monotonic() - begin


def _left(ledger: sqlite3.Connection, held: lease.Lease, now_ms: int) -> int:
    """What the gate would let go out."""
    month = time.strftime("%Y-%m", time.gmtime(now_ms / 1000))
    if not held.live(month):
        return 0
    row = ledger.execute(
        "SELECT cost_nano FROM spent WHERE period = ?", (f"month:{month}",)
    ).fetchone()
    part = held.part("")
    return part.nano - ((row[0] if row else 0) - part.base_nano)


def _burst(
    ledger: sqlite3.Connection,
    table: prices.Prices,
    number: int,
    made: int,
    count: int,
    at: int,
) -> None:
    """Some calls, in one transaction."""
    with Immediate(ledger):
        tally = Tally(ledger)
        recorder = Recorder(ledger, table, tally)
        for one in range(made, made + count):
            call = Call(f"msg_{number}_{one}", at, "claude-opus-5-5", input=1000)
            recorder.put(call, Place(MAIN))
        tally.finish()


if __name__ == "__main__":
    _machine(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
