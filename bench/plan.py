"""The plan on a corpus of real sessions: each lever at each value, negative ones included.

`CHEAPROUTE_CORPUS` names a folder with `main_loop.tar.gz` and `transcripts.tar.gz`: each is looked
at alone, the times are taken on both together. Without them sessions are made up, and only the
times mean anything.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

from bench import baseline
from bench.made import History
from bench.stage import of_command
from cheaproute.config import snapshot
from cheaproute.ledger import store
from cheaproute.plan import look
from cheaproute.plan.evidence.gather import gather
from cheaproute.plan.replay import sessions
from cheaproute.plan.replay.levers import HAIKU, Levers
from cheaproute.plan.replay.parts import parts
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.plan.steps import main_loop, propose
from cheaproute.usage.models import FAMILIES

DAYS = 400
_ASSUMED = (
    "the same prompts, answers and number of calls, at the prices of their day",
    (
        "past N at the end of a call: context read (written where cold), the main model writes"
        " 4,000 tokens, 25,000 kept, 15,000 read again, what the next call adds sent anyway"
    ),
    (
        "cold: less than half of the prompt read, after a pause longer than the cache lives; Haiku"
        " reads the context and writes 4,000 tokens"
    ),
    "pings at 4.5 or 54 minutes, those that nobody came back to counted",
    "no more pings on a day than plan.keep_warm_usd pays, where that is not said",
)


def run(*, quick: bool) -> None:
    """Import each corpus, replay every lever, print; then the times beside `costs --json`."""
    with tempfile.TemporaryDirectory(prefix="cheaproute-bench-") as place:
        found = _transcripts(place, quick=quick)
        for name, transcripts in found.items():
            environ = _imported(os.path.join(place, "of", name), [transcripts])
            print(f"{name}:")
            with closing(
                store.connect(os.path.join(environ["CHEAPROUTE_HOME"], "ledger.db"))
            ) as db:
                _figures(db, environ, transcripts)
        print("assumed: " + ";\n  ".join(_ASSUMED))
        _times(_imported(os.path.join(place, "all"), [*found.values()]), 1 if quick else 3)


def _imported(place: str, transcripts: list[str]) -> dict[str, str]:
    """The environment of a user whose ledger holds these transcripts."""
    os.makedirs(place)
    environ = of_command(place)
    _cpu([sys.executable, "-m", "cheaproute", "import", *transcripts], environ)
    return environ


def _figures(db: sqlite3.Connection, environ: dict[str, str], transcripts: str) -> None:
    settings = snapshot.load(environ)
    last = int(db.execute("SELECT max(ts_ms) FROM call").fetchone()[0])
    span = look.span(db, DAYS, last)
    evidence = gather(db, DAYS, span.past * 86_400_000 - 1, settings)
    tariffs = Tariffs(evidence.prices)
    replays = Replays(sessions.of(evidence, tariffs), tariffs, evidence.model("haiku"))
    calls = sum(len(chain.links) for chain in replays.chains)
    print(
        f"{len(replays.chains)} sessions, {calls:,} calls of the main loop, ${_usd(replays.cost)}"
    )
    print(f"effort of the calls as recorded: {_effort(transcripts)}")
    for name, nano in parts(replays.chains).items():
        print(f"  {name}: {nano / max(1, replays.cost):.0%}")
    print()
    day_nano = evidence.nano("keep_warm_usd")
    for levers in main_loop.candidates(evidence.model("sonnet"), day_nano).values():
        for lever in levers:
            _row(f"{lever.name} {lever.value}", main_loop.bounds([lever], replays), replays.cost)
    for pings in (2, 8, 24):
        nano = replays.saved(Levers(pings=pings))
        _row(f"keep-warm {pings}, whatever it costs a day", (nano, nano, nano), replays.cost)
    for tokens in (100_000, 200_000):
        nano = replays.saved(replace(Levers(compact=tokens), author=HAIKU))
        _row(f"window {tokens}, by Haiku", (nano, nano, nano), replays.cost)
    plan = propose.propose(evidence, {})
    names = ", ".join(one.name for one in plan.steps)
    _row(f"the plan ({names})", (plan.saves, plan.low, plan.high), plan.spent)
    chosen = [main_loop.window(120_000), main_loop.cold_return(67_000)]
    _by_model(replays)
    _quantiles(replays, replays.by_session(main_loop.levers(chosen)))


def _row(name: str, bounds: tuple[int, int, int], whole: int) -> None:
    saved, low, high = (f"{-nano / max(1, whole):+.1%}" for nano in bounds)
    print(f"{name:58} {saved:>8}  ({low} to {high})")


def _by_model(replays: Replays) -> None:
    """The best window for all models, and the best that each of them could have of its own."""

    def best(levers: Callable[[int], Levers]) -> tuple[int, int]:
        sizes = [int(one.value) for one in main_loop.candidates("")["window"]]
        return max((replays.saved(levers(size)), -size) for size in sizes)

    saved, size = best(lambda tokens: Levers(compact=tokens, patient=True))
    _row(f"window {-size} for all models", (saved, saved, saved), replays.cost)
    windows = []
    for family in FAMILIES:
        saved, size = best(lambda n: Levers(compact_of=((family, n),), patient=True))  # noqa: B023
        if saved > 0:
            windows.append((family, -size))
    saved = replays.saved(Levers(compact_of=tuple(windows), patient=True))
    told = ", ".join(f"{family} {tokens}" for family, tokens in windows)
    _row(f"window by model ({told})", (saved, saved, saved), replays.cost)


def _quantiles(replays: Replays, saved: list[int]) -> None:
    """Window and hand-over together, by how dear the session was."""
    rows = sorted(zip((c.cost for c in replays.chains), saved, strict=True), reverse=True)
    print("\nwindow 120,000 and hand-over past 67,000, by the session's cost")
    edges = [0, 0.05, 0.25, 0.5, 1]
    for first, past in pairwise(edges):
        part = rows[round(first * len(rows)) : round(past * len(rows))]
        cost, less = sum(row[0] for row in part), sum(row[1] for row in part)
        print(
            f"  dearest {first:.0%} to {past:.0%}: {len(part)} sessions, ${_usd(cost)},"
            f" {-less / max(1, cost):+.1%}, {sum(row[1] < 0 for row in part)} would cost more"
        )


def _times(environ: dict[str, str], rounds: int) -> None:
    """Processor seconds of `costs --json`, of the plan made, and of the plan with nothing new."""
    command = [sys.executable, "-m", "cheaproute"]
    costs = min(_cpu([*command, "costs", "--json"], environ)[0] for _ in range(2 * rounds))
    made, again, same = [], [], True
    for number in range(rounds):
        # Another span each time: nothing of it is kept.
        asked = [*command, "plan", "--json", "--days", str(DAYS - number)]
        runs = [_cpu(asked, environ) for _ in range(3)]
        made.append(runs[0][0])
        again += [seconds for seconds, _ in runs[1:]]
        same = same and len({said for _, said in runs}) == 1
    print(
        f"\n`costs --json` {costs:.3f} s, `plan --json` {min(made):.2f} s, again {min(again):.3f}"
    )
    for name, best in (("made", min(made)), ("again", min(again))):
        baseline.note("plan", f"{name} / costs --json", best / costs)
        print(f"  {name}: {best / costs:.1f} times")
    print(f"  the same twice: {'yes' if same else 'NO'}")


def _cpu(command: list[str], environ: dict[str, str]) -> tuple[float, bytes]:
    """Processor seconds of a command, and what it said."""
    with tempfile.TemporaryFile() as out:
        action = (os.POSIX_SPAWN_DUP2, out.fileno(), 1)
        pid = os.posix_spawn(command[0], command, environ, file_actions=[action])
        _, status, used = os.wait4(pid, 0)
        if status:
            raise RuntimeError(f"{command}: wait status {status}")
        out.seek(0)
        return used.ru_utime + used.ru_stime, out.read()


def _transcripts(place: str, *, quick: bool) -> dict[str, str]:
    """The folder of each corpus's transcripts, by the corpus's name."""
    found = {}
    for name in ("main_loop", "transcripts"):
        corpus = os.path.join(os.environ.get("CHEAPROUTE_CORPUS", ""), f"{name}.tar.gz")
        if os.path.isfile(corpus):
            with tarfile.open(corpus) as archive:
                archive.extractall(os.path.join(place, name), filter="data")
            found[name] = os.path.join(place, name, "transcripts")
    if found:
        return found
    print("no corpus (CHEAPROUTE_CORPUS): sessions made up, only the times mean anything\n")
    History(place).write(20_000_000 if quick else 100_000_000)
    return {"made up": os.path.join(place, "projects")}


def _effort(transcripts: str) -> str:
    """How many rows name which effort; older clients name none."""
    found: Counter[str] = Counter()
    for folder, _, names in os.walk(transcripts):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                for line in file:
                    if b'"assistant"' in line:
                        _, mark, rest = line.partition(b'"effort":"')
                        found[rest.partition(b'"')[0].decode() if mark else "not recorded"] += 1
    return ", ".join(f"{name} {count:,}" for name, count in found.most_common())


def _usd(nano: int) -> str:
    return f"{nano / 1e9:,.2f}"
