"""Sessions side by side where the ledger can be told nothing: each counts what the others spent."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cheaproute.cap import limits
from cheaproute.config import paths
from cheaproute.money import NANO
from tests.hook.mod.test_questions import FLIGHT, UUID, Home, record

OTHER = UUID.replace("1", "9")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home with a cap of $0.50, of which nothing is left anywhere afterwards."""
    made = Home(tmp_path, NANO // 2)
    yield made
    shutil.rmtree(paths.beside_dir(made.env), ignore_errors=True)


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Another program holds the ledger."""
    with closing(sqlite3.connect(home.data / "ledger.db", isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")


@contextmanager
def unreadable(home: Home) -> Iterator[None]:
    """Something else lies in the ledger's place."""
    ledger = home.data / "ledger.db"
    ledger.rename(home.data / "aside")
    ledger.mkdir()
    yield
    ledger.rmdir()
    (home.data / "aside").rename(ledger)


def other(number: int) -> dict[str, object]:
    """An answer of the other session, $0.20."""
    return record(number, **{"session.id": OTHER})


def refused(home: Home) -> bool:
    """Whether the session's next request is refused."""
    told = home.ask("ModGate", caps={"month": NANO // 2}, asked=[FLIGHT])
    return bool(told["denies"][0])


@pytest.mark.parametrize("how", [held, unreadable])
def test_what_others_could_not_book_counts_until_it_is_booked(home: Home, how: object) -> None:
    """In whatever order, and once: it is in the books as soon as anybody can write them."""
    home.ask("ModStart", version="2.1.332")
    told = [other(number) for number in range(3)]
    assert callable(how)
    with how(home):
        assert home.ask("ModBook", session_id=OTHER, calls=told[:1])["booked"] is False
        assert not refused(home)
        home.ask("ModBook", session_id=OTHER, calls=told)
        assert refused(home)
    assert refused(home)
    assert home.spent() == 600_000_000
    assert not os.path.exists(paths.beside_dir(home.env))
    home.ask("ModBook", session_id=OTHER, calls=told)
    assert home.spent() == 600_000_000


def test_what_a_session_had_told_before_counts_with_what_it_brings(home: Home) -> None:
    """Taken up by a fresh client that knows nothing of it; what it still brings counts once."""
    with held(home):
        home.ask("ModBook", calls=[record(1)])
        home.ask("ModBook", calls=[record(1)])
        assert not refused(home)
        home.ask("ModBook", calls=[record(2)])
        told = home.ask("ModGate", asked=[FLIGHT], calls=[record(2), record(3)])
        assert told["denies"][0]


def test_a_session_cap_is_its_own(home: Home) -> None:
    """What others spent is of the month."""
    with closing(home.ledger()) as db:
        limits.put(db, {"session": NANO // 2, "month": 100 * NANO}, 1)
    with held(home):
        home.ask("ModBook", session_id=OTHER, calls=[other(number) for number in range(3)])
        assert not home.ask("ModGate", asked=[FLIGHT])["denies"][0]


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_others_may_use_is_not_used(home: Home, mode: int) -> None:
    """Neither believed nor written."""
    folder = Path(paths.beside_dir(home.env))
    with held(home):
        home.ask("ModBook", session_id=OTHER, calls=[other(number) for number in range(3)])
        assert refused(home)
        folder.chmod(mode)
        [before] = folder.iterdir()
        assert not refused(home)
        home.ask("ModBook", calls=[record(4)])
        assert list(folder.iterdir()) == [before]
