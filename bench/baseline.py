"""The ratios that are kept: what each was, with commit and day, and what it is now."""

from __future__ import annotations

import json
import os
import subprocess
import time

PATH = os.path.join(os.path.dirname(__file__), "baseline.json")
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Ratios measured in this run, by "part: what".
_seen: dict[str, float] = {}


def note(part: str, name: str, ratio: float) -> None:
    """Remember one ratio of this run."""
    _seen[f"{part}: {name}"] = round(ratio, 3)


def compare() -> list[str]:
    """A line for each ratio of this run: old, new, change."""
    kept = _kept()
    lines = []
    for key, ratio in _seen.items():
        old = kept.get(key)
        if old is None:
            lines.append(f"{key:64} {'-':>7} {ratio:7.2f}")
        else:
            before = float(str(old["ratio"]))
            change = f"{(ratio / before - 1) * 100:+.0f} %"
            lines.append(
                f"{key:64} {before:7.2f} {ratio:7.2f} {change:>7}  since {old['commit']}"
                f" ({old['date']})"
            )
    return lines


def keep() -> None:
    """Write this run's ratios down in place of the old ones of the same name."""
    kept = _kept()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607  # the developer's own git
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    for key, ratio in _seen.items():
        kept[key] = {"ratio": ratio, "commit": commit, "date": time.strftime("%Y-%m-%d")}
    with open(PATH, "w", encoding="utf-8") as file:
        json.dump(dict(sorted(kept.items())), file, indent=1)
        file.write("\n")


def _kept() -> dict[str, dict[str, object]]:
    try:
        with open(PATH, encoding="utf-8") as file:
            kept: dict[str, dict[str, object]] = json.load(file)
    except FileNotFoundError:
        return {}
    return kept
