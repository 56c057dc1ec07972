"""Where it was run is told as it is: in README's table, and by the doctor where it stands."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.doctor import surfaces
from cheaproute.cli.main import main
from cheaproute.client import login
from cheaproute.config import platform
from cheaproute.ledger.module import seats
from tests.e2e import client
from tests.hook.mod.test_questions import Home

ALL = {"step": True, "fetch": True, "log": True}


@pytest.mark.parametrize("name", [
    "terminal", "-p", "Agent SDK", "VS Code", "JetBrains", "desktop app", "cloud session",
    "Bedrock", "Vertex", "Foundry", "macOS", "WSL 2", "Windows", "a gateway",
])  # fmt: skip
def test_each_surface_has_one_row(name: str) -> None:
    """In one of three states."""
    (row,) = (one for one in surfaces.SURFACES if one.name == name)
    assert row.state in surfaces.STATES
    assert row.holds


@pytest.mark.parametrize("row", surfaces.SURFACES, ids=lambda row: row.name)
def test_no_row_says_more_than_was_run(row: surfaces.Surface) -> None:
    """A version that is named is one that the tests pin; where nothing was run nothing is exact."""
    versions = [one for one in client.INTEGRITY if one[4:] in re.findall(r"\d{3}", row.clients)]
    if row.state == surfaces.RUN:
        assert len(versions) == len(re.findall(r"\b\d{3}\b", row.clients)) > 0
    else:
        assert not versions
        assert seats.EXACT not in row.holds


@pytest.mark.parametrize(
    ("said", "terminal", "expected"),
    [
        ("cli", "", "terminal"), ("cli", "JetBrains-JediTerm", "JetBrains"), ("sdk-cli", "", "-p"),
        ("sdk-py", "", "Agent SDK"), ("sdk-ts", "", "Agent SDK"), ("claude-vscode", "", "VS Code"),
        ("claude-desktop", "", "desktop app"), ("claude-desktop-3p", "", "desktop app"),
        ("remote_mobile", "", "cloud session"), ("bench|\x1b[2J", "", "another way"), ("", "", ""),
    ],
)  # fmt: skip
def test_how_the_client_is_led(said: str, terminal: str, expected: str) -> None:
    """By its own word, which it gives to whatever it starts."""
    env = {"CLAUDE_CODE_ENTRYPOINT": said, "TERMINAL_EMULATOR": terminal}
    assert login.led(env) == expected


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "Anthropic's API"),
        ({"CLAUDE_CODE_USE_BEDROCK": "1"}, "Bedrock"),
        ({"CLAUDE_CODE_USE_VERTEX": "true", "ANTHROPIC_BASE_URL": "https://x"}, "Vertex"),
        ({"CLAUDE_CODE_USE_VERTEX": "0"}, "Anthropic's API"),
        ({"CLAUDE_CODE_USE_FOUNDRY": "1"}, "Foundry"),
        ({"CLAUDE_CODE_USE_GATEWAY": "1"}, "a gateway"),
        ({"ANTHROPIC_BASE_URL": "http://localhost:4000/v1"}, "a gateway"),
        ({"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}, "Anthropic's API"),
    ],
)
def test_whose_api_it_is(env: dict[str, str], expected: str) -> None:
    """A cloud before a gateway, as the client itself goes."""
    assert login.provider(env) == expected


@pytest.mark.parametrize(
    ("name", "release", "expected"),
    [
        ("linux", "6.8.0-generic", "Linux"),
        ("linux", "5.15.153.1-microsoft-standard-WSL2", "WSL 2"),
        ("darwin", "", "macOS"),
        ("win32", "", "Windows"),
    ],
)
def test_which_system_it_is(name: str, release: str, expected: str) -> None:
    """WSL is Linux with a kernel of its own."""
    assert platform.system(name, release) == expected


def told(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the doctor says of the seats here, in a terminal of one's own."""
    monkeypatch.setattr(surfaces, "_variables", lambda _context: env_of(home))
    monkeypatch.setattr("cheaproute.cli.doctor.command.CHECKS", [surfaces.seen])
    monkeypatch.setenv("CHEAPROUTE_HOME", str(home.data))
    assert main(["doctor", "--json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    return f"{finding['level']}: {finding['what']} {finding['where']}"


def env_of(home: Home) -> dict[str, str]:
    """The variables of a terminal beside the client."""
    return {name: value for name, value in home.env.items() if "ENTRYPOINT" not in name}


def test_what_was_seen_here_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once a turn has ended, and for this system and API alone."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    home = Home(tmp_path)
    home.env["CLAUDE_CODE_ENTRYPOINT"] = "sdk-cli"
    home.ask("ModStart", version="2.1.332")
    said = told(home, monkeypatch, capsys)
    assert "not been seen at work here yet (Linux, Anthropic's API)" in said
    home.ask("ModTurnEnd", busy=False, seats=ALL)
    said = told(home, monkeypatch, capsys)
    assert "(Linux, Anthropic's API): -p (2.1.332): steps, requests, records" in said
    assert said.startswith("ok: ")
    home.env["CLAUDE_CODE_USE_BEDROCK"] = "1"
    said = told(home, monkeypatch, capsys)
    assert "not been seen at work here yet (Linux, Bedrock)" in said
    assert "a cap holds by hooks only" in said
    assert said.endswith("tried before release: Bedrock: no, Linux: yes")
    home.ask("ModTurnEnd", busy=False, seats={"step": True, "log": True})
    assert "-p (2.1.332): steps, requests, records" in told(home, monkeypatch, capsys)


def test_an_older_client_s_seats_are_no_newer_one_s(tmp_path: Path) -> None:
    """Another version begins anew; the same one keeps what a turn did not use."""
    place = ("terminal", "Linux", "a gateway")
    with closing(Home(tmp_path).ledger()) as db:
        for version, step, fetch in (("2.1.332", 1, 1), ("2.1.332", 1, 0), ("2.1.286", 1, 0)):
            seats.note_place(db, place, seats.Seats(1, "", version, 1, step, fetch, 0))
            found = seats.places(db)
            names = ("step", "fetch") if version == "2.1.332" else ("step",)
            assert found == [(place, version, names)]
        seats.note_place(db, ("x",), seats.Seats(1, "", "2.1.332", 1, 0, 0, 0))
        assert len(seats.places(db)) == 1
