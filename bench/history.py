"""Import of a large history, in turn with ccusage, a Rust program that reads the same files."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from typing import Any, NamedTuple

from bench import baseline
from bench.made import History
from bench.stage import of_command

CCUSAGE = "@ccusage/ccusage-linux-x64@20.0.24"
# What ccusage sums, and what of ours that is.
_COUNTS = {
    "inputTokens": ["input_tokens"],
    "outputTokens": ["output_tokens"],
    "cacheCreationTokens": ["cache_write_5m_tokens", "cache_write_1h_tokens"],
    "cacheReadTokens": ["cache_read_tokens"],
    "cost": ["cost_usd"],
}


class Cost(NamedTuple):
    """Seconds of the processor, seconds by the clock, megabytes at the most."""

    cpu: float
    wall: float
    peak: float


def run(*, quick: bool) -> None:
    """Take a history, import it and let ccusage sum it, by turns; print the best.

    Real transcripts, where `CHEAPROUTE_CORPUS` names an archive of them (repeated under other ids
    up to the size); else a made history.
    """
    size, rounds = (30_000_000, 1) if quick else (1_000_000_000, 5)
    corpus = os.environ.get("CHEAPROUTE_CORPUS", "")
    with tempfile.TemporaryDirectory(prefix="cheaproute-bench-") as place:
        history = History(place)
        written = _repeat(corpus, place, size) if corpus else history.write(size)
        kind = "real shapes" if corpus else f"{history.messages:,} made messages"
        print(f"{written / 1e6:,.0f} MB, {kind}, {os.cpu_count()} cores\n")
        ours: list[Cost] = []
        theirs: list[Cost] = []
        other = _ccusage(place)
        for _ in range(rounds):
            if other:
                theirs.append(_measured(other, place))
            shutil.rmtree(os.path.join(place, "data"), ignore_errors=True)
            ours.append(_measured([sys.executable, "-m", "cheaproute", "import", "--json"], place))
        again = _measured([sys.executable, "-m", "cheaproute", "import", "--json"], place)
        _print("cheaproute import", ours, written)
        if other:
            _print("ccusage monthly", theirs, written)
            ratios = [mine.cpu / other.cpu for mine, other in zip(ours, theirs, strict=True)]
            middle = statistics.median(ratios)
            name = "processor time, ours / ccusage" + (", real shapes" if corpus else "")
            baseline.note("history", name, middle)
            print(
                f"\nprocessor time, ours / theirs, round by round: least {min(ratios):.2f}, "
                f"median {middle:.2f}, most {max(ratios):.2f}"
            )
            _compare(other, place)
        print(f"again, nothing new: {again.cpu:.2f} s processor")


def _repeat(corpus: str, place: str, size: int) -> int:
    """Unpack the transcripts in `corpus`, again and again under other ids; the bytes written."""
    written = number = 0
    with tarfile.open(corpus) as archive:
        found = [
            (item.name, stream.read())
            for item in archive
            if item.name.endswith(".jsonl") and (stream := archive.extractfile(item))
        ]
    while written < size:
        mark = f"{number:02x}".encode()
        for name, data in found:
            path = os.path.join(place, "projects", f"copy-{number}", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            other = data.replace(b'"id":"msg_01', b'"id":"msg_' + mark)
            other = other.replace(b'"requestId":"req_01', b'"requestId":"req_' + mark)
            with open(path, "wb") as file:
                written += file.write(other)
        number += 1
    return written


def _print(name: str, costs: list[Cost], size: int) -> None:
    cpu, wall, peak = _best(costs)
    rate = size / 1e6 / wall
    print(
        f"{name:18} {cpu:5.2f} s processor, {wall:5.2f} s clock ({rate:,.0f} MB/s), {peak:.0f} MB"
    )


def _best(costs: list[Cost]) -> Cost:
    """The least of each: what else runs on the machine only ever adds."""
    return Cost(*map(min, zip(*costs, strict=True)))


def _measured(command: list[str], place: str) -> Cost:
    start = time.perf_counter()
    action = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    pid = os.posix_spawn(command[0], command, of_command(place), file_actions=[action])
    _, status, used = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f"{command}: wait status {status}")
    wall = time.perf_counter() - start
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def _ccusage(place: str) -> list[str]:
    """The command of ccusage, fetched from npm into `place`; [] where that cannot be."""
    command = ["npm", "pack", "--silent", "--pack-destination", place, CCUSAGE]
    try:
        name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        print(f"{CCUSAGE} cannot be fetched: measured without it\n")
        return []
    with tarfile.open(os.path.join(place, name)) as archive:
        archive.extractall(place, filter="data")
    program = os.path.join(place, "package", "bin", "ccusage")
    os.chmod(program, 0o700)
    return [program, "monthly", "--offline", "--json"]


def _compare(other: list[str], place: str) -> None:
    """Print where both differ by more than a thousandth, month by month and model by model."""
    env = of_command(place)
    compared, apart = 0, []
    for month in _told([*other, "--breakdown", "--timezone", "UTC"], env)["monthly"]:
        name = month.get("month") or month["period"]
        words = [sys.executable, "-m", "cheaproute", "costs", "--json", "--month", name]
        ours = {row["model"]: row for row in _told(words, env)["by_model"]}
        for theirs in month["modelBreakdowns"]:
            mine = ours.get(theirs["modelName"], {})
            for count, parts in _COUNTS.items():
                compared += 1
                one, two = sum(mine.get(part, 0) for part in parts), theirs[count]
                if abs(one - two) > max(one, two) / 1000:
                    apart.append(f"  {name} {theirs['modelName']} {count}: {one} and {two}")
    print(f"of {compared} sums {len(apart)} differ by more than 0.1 %")
    for line in apart:
        print(line)


def _told(command: list[str], env: dict[str, str]) -> Any:  # noqa: ANN401  # JSON
    return json.loads(subprocess.run(command, env=env, check=True, capture_output=True).stdout)
