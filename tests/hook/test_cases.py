"""Whole hook calls as data: what Claude Code sends, and what it gets, through the real launcher."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CASES = os.path.join(ROOT, "tests", "cases")


def cases() -> list[str]:
    """The names of all cases."""
    return sorted(name[:-5] for name in os.listdir(CASES) if name.endswith(".json"))


def fill(value: Any, places: dict[str, str]) -> Any:
    """`value` with {home} and the like replaced in every text."""
    if isinstance(value, str):
        for name, place in places.items():
            value = value.replace("{" + name + "}", place)
        return value
    if isinstance(value, list):
        return [fill(item, places) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, places) for key, item in value.items()}
    return value


@pytest.mark.parametrize("name", cases())
def test_case(name: str, tmp_path: Path) -> None:
    """Each call of the case exits 0 and answers exactly what the case says, or nothing."""
    with open(os.path.join(CASES, name + ".json"), encoding="utf-8") as file:
        case = json.load(file)
    places = {"home": str(tmp_path), "project": str(tmp_path / "project"), "root": ROOT}
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "project").mkdir()
    (tmp_path / "data" / "interpreter").write_text(
        getattr(sys, "_base_executable", sys.executable) + "\n"
    )
    for path, lines in case.get("files", {}).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = lines if isinstance(lines, str) else "".join(json.dumps(x) + "\n" for x in lines)
        target.write_text(fill(text, places))
    env = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "CHEAPROUTE_HOME": str(tmp_path / "data"),
        **fill(case.get("env", {}), places),
    }
    # What stands for the client was started with all of it but its own mark, as a user's is.
    mark = ["env", f"CLAUDECODE={env.pop('CLAUDECODE')}"] if "CLAUDECODE" in env else []
    client = ["claude", "-c", '"$@"; exit "$?"', "claude", *mark]
    for call in case["calls"]:
        stdin = call["stdin"]
        raw = stdin if isinstance(stdin, str) else json.dumps(fill(stdin, places))
        done = subprocess.run(
            [*client, os.path.join(ROOT, "hooks", "run"), call["hook"]],
            executable="/bin/bash",
            input=raw.encode("utf-8", "surrogatepass"),
            capture_output=True,
            env=env,
            cwd=tmp_path,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0
        assert done.stderr == b""
        answer = json.loads(done.stdout) if done.stdout else None
        expected = fill(call["answer"], places)
        if isinstance(expected, dict) and "contains" in expected:
            for text in expected["contains"]:
                assert text in json.dumps(answer, ensure_ascii=False)
        else:
            assert answer == expected
