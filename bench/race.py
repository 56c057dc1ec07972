"""The race for the last dollars: many processes, one cap, one ledger.

Delegating processes reserve, call a loopback API and settle; sessions append calls to transcripts
and ask their hook before the next.
"""

from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field

from bench.race_worker import REAL, STEP
from cheaproute import money
from cheaproute.cap import limits, state
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.query import totals
from cheaproute.usage import prices
from tests.api import Api, Reply, Request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Delegating processes, sessions, cap in nano-dollars.
RACES = ((50, 0, 60_000_000), (0, 50, 450_000_000), (25, 25, 250_000_000))


@dataclass
class Race:
    """What a race came to. Money is nano-dollars, times are seconds."""

    cap: int
    delegating: int
    sessions: int
    seconds: float = 0
    spent: int = 0  # by the ledger
    delegated: int = 0  # by the ledger
    reserved: int = 0  # left over in the ledger
    calls: int = 0  # by the processes' own count
    session_calls: int = 0
    api_calls: int = 0  # by the API's count
    highest: int = 0  # spent and reserved at any arrival of a call at the API
    killed: int = 0
    busy: int = 0  # looks at the cap that had to do without counting first
    unstopped: int = 0  # sessions that ended otherwise than by the cap
    complaints: str = ""  # all stderr, and the hooks' log
    waits: list[float] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether the ledger has just what was spent."""
        made = self.calls - self.session_calls
        return (
            made == self.api_calls
            and self.delegated == made * REAL
            and self.spent == self.delegated + self.session_calls * STEP
        )

    def summary(self) -> str:
        """The race on two lines."""
        waits = sorted(self.waits)
        return (
            f"{self.delegating} delegating, {self.sessions} sessions, {self.calls} calls in "
            f"{self.seconds:.1f} s: spent ${self.spent / 1e9:.6f} of ${self.cap / 1e9:.6f} "
            f"(delegated ${self.delegated / 1e9:.6f}, at most ${self.highest / 1e9:.6f} spent and "
            f"reserved at a call), exact: {self.exact}\n"
            f"  one look at the cap: median {waits[len(waits) // 2] * 1000:.1f} ms, "
            f"longest {waits[-1] * 1000:.0f} ms; killed in mid-call: {self.killed}; "
            f"found the ledger busy: {self.busy}; "
            f"complaints: {self.complaints or 'none'}"
        )


def compete(home: str, *, delegating: int, sessions: int, cap: int) -> Race:
    """One race in the empty directory `home`, with a monthly cap of `cap` nano-dollars."""
    race = Race(cap, delegating, sessions)
    os.makedirs(os.path.join(home, "projects", "p"))
    ledger = os.path.join(home, "data", "ledger.db")

    def script(_request: Request) -> Reply:
        with closing(store.connect(ledger)) as db:
            month = state.state(db, 0, int(time.time() * 1000)).periods["month"]
        race.highest = max(race.highest, month.spent + month.reserved)
        return Reply()

    if delegating:
        with closing(store.connect(ledger)) as db:
            limits.put(db, {"month": cap}, int(time.time() * 1000))
    else:  # the sessions race to create the ledger, too
        os.makedirs(os.path.join(home, "data"), mode=0o700)
        with open(os.path.join(home, "data", "config.toml"), "w", encoding="utf-8") as file:
            file.write(f"[cap]\nmonth_usd = {money.plain(cap)}\n")
    with Api(script) as api:
        port = api.url.rpartition(":")[2]
        kinds = ["delegate"] * delegating + ["session"] * sessions
        workers = [_start(kind, home, number, port) for number, kind in enumerate(kinds)]
        begun = time.monotonic()
        for worker in workers:
            if worker.stdin is not None:
                worker.stdin.close()
                worker.stdin = None
        for kind, worker in zip(kinds, workers, strict=True):
            _collect(race, kind, worker)
        race.seconds = time.monotonic() - begun
        race.api_calls = len(api.calls)
    log = os.path.join(home, "data", "cheaproute.log")
    if os.path.exists(log):
        with open(log, encoding="utf-8") as file:
            for line in file:
                if "LedgerBusy" in line:
                    race.busy += 1
                else:
                    race.complaints += line
    with closing(store.connect(ledger)) as db:
        now = int(time.time() * 1000)
        # What a stopped session could not write down, the next one's start reads.
        ingest.read(
            db, glob.glob(os.path.join(home, "projects", "p", "*.jsonl")), now, prices.load()
        )
        month = state.state(db, 0, now).periods["month"]
        race.spent, race.reserved = month.spent, month.reserved
        by_source = dict(totals.by(db, "source", 0, now))
        race.delegated = by_source.get("delegated", totals.Sums()).cost_nano
    return race


def _start(kind: str, home: str, number: int, port: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.race_worker", kind, home, str(number), port],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _collect(race: Race, kind: str, worker: subprocess.Popen[str]) -> None:
    out, err = worker.communicate(timeout=300)
    race.complaints += err
    if worker.returncode == 9:
        race.killed += 1
        return
    if worker.returncode:
        race.complaints += f"[{kind} ended with {worker.returncode}]"
        return
    said = json.loads(out)
    race.calls += said["calls"]
    race.waits += said["waits"]
    if kind == "session":
        race.session_calls += said["calls"]
        race.unstopped += not said["stopped"]


RACES = ((50, 0, 60_000_000), (0, 50, 450_000_000), (25, 25, 250_000_000))


def run(*, quick: bool) -> None:
    """Print what came of each race; a quick one has a dozen processes."""
    for delegating, sessions, cap in RACES:
        share = 4 if quick else 1
        with tempfile.TemporaryDirectory() as home:
            race = compete(
                home, delegating=delegating // share, sessions=sessions // share, cap=cap // share
            )
        print(race.summary())
