"""The real client and a machine for it; the client's absence fails only where `CI` is set."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api import Api
from tests.e2e import client, hands, wheels
from tests.e2e.session import Machine

# What the interactive client reaches for by itself, for its model list and its marketplace.
OWN_HOSTS = {"downloads.claude.ai:443", "github.com:443"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the client, by what it asks for."""
    for item in items:
        if "claude" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.client)


def _absent(why: str) -> None:
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture
def version() -> str:
    """The client's version; a test that is parametrized by `version` chooses another."""
    return client.VERSION


@pytest.fixture
def claude(version: str, request: pytest.FixtureRequest) -> str:
    """The path of the pinned client of that version."""
    request.node.user_properties.append(("client", version))
    try:
        return client.find(version)
    except client.ClientMissing as missing:
        _absent(str(missing))
        raise


@pytest.fixture(scope="session")
def pip() -> dict[str, str]:
    """Variables with which pip installs the plugin's libraries without a network."""
    try:
        return wheels.offline(wheels.find())
    except wheels.WheelsMissing as missing:
        _absent(str(missing))
        raise


@pytest.fixture
def tmux() -> None:
    """The test needs a terminal."""
    if shutil.which("tmux") is None:
        _absent("tmux is not on PATH")


@pytest.fixture
def api() -> Iterator[Api]:
    """The stand-in API; a script that raised, or a call to another host, fails the test."""
    with Api() as server:
        yield server
    assert server.faults == []
    assert set(server.outside) <= OWN_HOSTS


@pytest.fixture
def bare(tmp_path: Path, claude: str, api: Api) -> Machine:
    """A machine whose user has a key and a project, and never heard of the plugin."""
    return Machine(str(tmp_path / "home"), str(tmp_path / "project"), claude, api)


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    """A copy of the plugin: the terminal's client writes into the one it is loaded from."""
    return hands.copy(str(tmp_path / "plugin"))


@pytest.fixture
def machine(bare: Machine) -> Machine:
    """The same, with the plugin's environment built."""
    bare.prepare()
    return bare
