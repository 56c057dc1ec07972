"""The SDK against the loopback API, a ledger, and a purse to pay from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from cheaproute.delegate.backends.sdk import Api as ApiBackend
from cheaproute.delegate.metered import Purse
from cheaproute.usage import prices
from tests.api import Api

KEY = "sk-ant-test-" + "x" * 40


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The stand-in, as the environment's API; a script that raised fails the test."""
    with Api() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        yield server
    assert server.faults == []


@pytest.fixture
def backend() -> Iterator[ApiBackend]:
    """The SDK, closed after the test."""
    made = ApiBackend()
    yield made
    made.close()


@pytest.fixture
def purse(db: sqlite3.Connection, backend: ApiBackend) -> Purse:
    """A purse on the ledger, at a fixed time: 2026-11-22 15:30 UTC."""
    return Purse(db, backend, prices.load(), "ask", lambda: 1_795_361_400_000)
