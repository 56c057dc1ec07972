"""Where a team's server may be, and what is refused before a byte goes out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.machines.team import connection


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada@db.example/costs",
        "postgres://ada@db.example:5433/costs?sslmode=verify-full",
        "postgresql://ada@127.0.0.1/costs?sslmode=disable",
        "postgresql://ada@[::1]/costs?sslmode=disable",
        "postgresql://ada@localhost/costs",
    ],
)
def test_urls_that_may_be_kept(url: str) -> None:
    """No password, and TLS where it is not this machine."""
    assert connection.check(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://ada:hunter2@db.example/costs", "a password in the URL"),
        ("postgresql://ada@db.example/costs?password=hunter2", "a password in the URL"),
        ("postgresql://ada@db.example/costs?sslmode=disable", "in the open"),
        ("postgresql://ada@db.example/costs?sslmode=prefer", "in the open"),
        ("postgresql://ada@db.example/costs?sslmode=", "in the open"),
        ("postgresql://ada@db.example/costs?sslmode=require&sslmode=disable", "no place"),
        ("postgresql://ada@localhost/costs?host=db.example&sslmode=disable", "host has no place"),
        ("postgresql://ada@127.0.0.1/costs?hostaddr=10.0.0.1&sslmode=disable", "no place"),
        ("postgresql://ada@db.example/costs?%73slmode=disable", "in the open"),
        ("postgresql://ada@127.0.0.1,db.example/costs?sslmode=disable", "in the open"),
        ("postgresql://ada@db.example/costs?service=hunter2", "no place"),
        ("postgresql://ada@[::1/costs", "write it like"),
        ("postgresql://ada@db.example:port/costs", "write it like"),
        ("https://db.example/costs", "write it like"),
        ("costs", "write it like"),
    ],
)
def test_urls_that_are_refused(url: str, why: str) -> None:
    """In one line that does not repeat the secret."""
    with pytest.raises(UsageError, match=why) as refused:
        connection.check(url)
    assert "hunter2" not in str(refused.value)


def test_a_server_that_is_not_there_is_one_line() -> None:
    """Who, where and why; no traceback, no password."""
    with pytest.raises(CheaprouteError, match=r"ada@127\.0\.0\.1") as failed:
        connection.connect("postgresql://ada@127.0.0.1:9/costs", password="hunter2")
    assert "hunter2" not in str(failed.value)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    "variables",
    [
        {"PGHOSTADDR": "192.0.2.1"},
        {"PGSERVICE": "evil", "PGSERVICEFILE": "{tmp}/service"},
        {"PGSERVICE": "evil", "PGSYSCONFDIR": "{tmp}"},
        {"PGPORT": "8", "PGHOST": "192.0.2.1", "PGDATABASE": "x", "PGUSER": "y"},
        {"PGOPTIONS": "-c nonsense", "PGSSLMODE": "disable", "PGREQUIREAUTH": "password"},
    ],
)
def test_a_variable_does_not_lead_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str]
) -> None:
    """Another address, without TLS: a project may set them for its sessions."""
    for name in ("service", "pg_service.conf"):
        (tmp_path / name).write_text("[evil]\nhostaddr=192.0.2.1\n")
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(tmp=tmp_path))
    before = dict(os.environ)
    with pytest.raises(CheaprouteError, match="port 9 failed: Connection refused"):
        connection.connect("postgresql://ada@127.0.0.1:9/costs")
    if "PGPORT" in variables:
        with pytest.raises(CheaprouteError, match="port 5432 failed: Connection refused"):
            connection.connect("postgresql://ada@127.0.0.2/costs")
    assert dict(os.environ) == before
