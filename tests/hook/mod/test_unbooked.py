"""Sessions side by side where the ledger can be told nothing: each counts what the others spent."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cheaproute.cap import limits
from cheaproute.cap.fallback import unbooked
from cheaproute.config import paths
from cheaproute.days import DAY_MS
from cheaproute.ledger.query import coverage
from cheaproute.money import NANO
from tests.hook.mod.test_questions import FLIGHT, UUID, Home, record
from tests.ledgers import add_call

OTHER = UUID.replace("1", "9")


@pytest.fixture
def capped(tmp_path: Path) -> Home:
    """A home with a cap of $0.50."""
    return Home(tmp_path, NANO // 2)


@contextmanager
def held(capped: Home) -> Iterator[None]:
    """Another program holds the ledger."""
    with closing(sqlite3.connect(capped.data / "ledger.db", isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")


@contextmanager
def unreadable(capped: Home) -> Iterator[None]:
    """Something else lies in the ledger's place."""
    ledger = capped.data / "ledger.db"
    ledger.rename(capped.data / "aside")
    ledger.mkdir()
    yield
    ledger.rmdir()
    (capped.data / "aside").rename(ledger)


def other(number: int) -> dict[str, object]:
    """An answer of the other session, $0.20."""
    return record(number, **{"session.id": OTHER})


def refused(capped: Home) -> bool:
    """Whether the session's next request is refused."""
    told = capped.ask("ModGate", caps={"month": NANO // 2}, asked=[FLIGHT])
    return bool(told["denies"][0])


@pytest.mark.parametrize("how", [held, unreadable])
def test_what_others_could_not_book_counts_until_it_is_booked(capped: Home, how: object) -> None:
    """In whatever order, and once: it is in the books as soon as anybody can write them."""
    capped.ask("ModStart", version="2.1.332")
    told = [other(number) for number in range(3)]
    assert callable(how)
    with how(capped):
        assert capped.ask("ModBook", session_id=OTHER, calls=told[:1])["booked"] is False
        assert not refused(capped)
        capped.ask("ModBook", session_id=OTHER, calls=told)
        assert refused(capped)
    assert refused(capped)
    assert capped.spent() == 600_000_000
    assert not paths.anything_beside(capped.env)
    capped.ask("ModBook", session_id=OTHER, calls=told)
    assert capped.spent() == 600_000_000


def test_what_a_session_had_told_before_counts_with_what_it_brings(capped: Home) -> None:
    """Taken up by a fresh client that knows nothing of it; what it still brings counts once."""
    with held(capped):
        capped.ask("ModBook", calls=[record(1)])
        capped.ask("ModBook", calls=[record(1)])
        assert not refused(capped)
        capped.ask("ModBook", calls=[record(2)])
        told = capped.ask("ModGate", asked=[FLIGHT], calls=[record(2), record(3)])
        assert told["denies"][0]


def test_a_session_cap_is_its_own(capped: Home) -> None:
    """What others spent is of the month."""
    with closing(capped.ledger()) as db:
        limits.put(db, {"session": NANO // 2, "month": 100 * NANO}, 1)
    with held(capped):
        capped.ask("ModBook", session_id=OTHER, calls=[other(number) for number in range(3)])
        assert not capped.ask("ModGate", asked=[FLIGHT])["denies"][0]


def linked(folder: Path, elsewhere: Path) -> None:
    """A link to a folder that anybody may write stands there."""
    elsewhere.mkdir(mode=0o777)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.symlink_to(elsewhere)


def a_file(folder: Path, _elsewhere: Path) -> None:
    """No folder can be made there."""
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.touch()


@pytest.mark.parametrize("taken", [linked, a_file])
@pytest.mark.parametrize("places", [1, 2])
def test_sessions_find_each_other_elsewhere_where_the_place_is_taken(
    capped: Home, tmp_path: Path, taken: Callable[[Path, Path], None], places: int
) -> None:
    """Nothing is written where others could; when the ledger is free nothing is left of it."""
    folders = [Path(folder) for folder in paths.beside_dirs(capped.env)]
    for number, folder in enumerate(folders[:places]):
        taken(folder, tmp_path / f"elsewhere{number}")
    with held(capped):
        capped.ask("ModBook", session_id=OTHER, calls=[other(number) for number in range(3)])
        assert refused(capped)
        assert folders[places].is_dir()
    assert not [*tmp_path.glob("elsewhere*/*")]
    assert refused(capped)
    assert capped.spent() == 600_000_000
    assert not folders[places].exists()
    for folder in folders[:places]:
        folder.unlink()


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_others_may_use_is_not_used(capped: Home, mode: int) -> None:
    """Neither believed nor written."""
    folder = Path(paths.beside_dirs(capped.env)[0])
    with held(capped):
        capped.ask("ModBook", session_id=OTHER, calls=[other(number) for number in range(3)])
        assert refused(capped)
        folder.chmod(mode)
        [before] = folder.iterdir()
        assert not refused(capped)
        capped.ask("ModBook", calls=[record(4)])
        assert list(folder.iterdir()) == [before]


def test_it_goes_with_the_ledger_where_that_is_purged(capped: Home) -> None:
    """Nothing is left in the folder, nor the folder."""
    with held(capped):
        capped.ask("ModBook", calls=[record(1)])
    folder = paths.beside_dirs(capped.env)[0]
    assert os.path.isdir(folder)
    unbooked.forget([folder])
    assert not os.path.exists(folder)


@pytest.mark.parametrize("odd", [{"input_tokens": 10**30}, {"at": 7, "model": ["m"]}, {}])
def test_what_is_odd_keeps_nothing_from_the_books(capped: Home, odd: dict[str, object]) -> None:
    """Neither a call that cannot be booked nor a file that is none."""
    with held(capped):
        capped.ask("ModBook", session_id=OTHER, calls=[other(1), other(2) | odd])
    folder = Path(paths.beside_dirs(capped.env)[0])
    for name, text in {"a": "{", "b": '{"session": 1, "calls": 2}', "c": "[" * 100_000}.items():
        (folder / f"{name}.json").write_text(text)
    (folder / "d.json").mkdir()
    capped.ask("ModGate", asked=[FLIGHT])
    assert not (folder / f"{OTHER}.json").exists()
    assert capped.spent() >= 200_000_000


@pytest.mark.parametrize("whose", [UUID, OTHER])
def test_what_a_hook_summed_up_and_the_module_told_is_the_same_spend(
    capped: Home, whose: str
) -> None:
    """The session's hooks know its transcript, its module its records: neither counts twice."""
    told = [record(number, **{"session.id": whose}) for number in (1, 2)]
    folder = paths.beside_dirs(capped.env)[0]
    with held(capped):
        capped.ask("ModBook", session_id=whose, calls=told)
        (place,) = os.listdir(folder)
        path = Path(folder, place)
        kept = json.loads(path.read_text())
        kept["calls"].append({"cost_usd_micros": 400_000})
        path.write_text(json.dumps(kept))
        mine = {"calls": told} if whose == UUID else {}
        assert not capped.ask("ModGate", caps={"month": NANO // 2}, asked=[FLIGHT], **mine)[
            "denies"
        ][0]


@pytest.mark.parametrize("how", ["gave_up", "unread"])
@pytest.mark.parametrize("who", [UUID, OTHER])
def test_what_has_no_cost_of_its_own_counts_by_its_length(capped: Home, who: str, how: str) -> None:
    """A request that was given up, an answer nobody could read: its own session's, another's."""
    gone = {**FLIGHT, how: True, "at": "2026-11-26T00:00:00Z", "bytes": 400_000}
    now_ms = int(time.time() * 1000)
    told = [{**gone, "request_id": f"req_{n}", "at_ms": now_ms - n} for n in range(3)]
    with held(capped):
        answer = capped.ask("ModBook", session_id=who, calls=told)
        assert answer["booked"] is False
        mine = {"calls": told} if who == UUID else {}
        gate = capped.ask("ModGate", caps={"month": NANO // 2}, asked=[FLIGHT], **mine)
        assert gate["denies"][0]
    assert capped.ask("ModBook", session_id=who, calls=told)["booked"] is True
    assert refused(capped)
    with closing(capped.ledger()) as db:
        assert coverage.lower(db, f"day:{time.time_ns() // 10**6 // DAY_MS}")
        gone = db.execute("SELECT uuid, sum(requests) FROM given_up JOIN session ON id = session")
        assert gone.fetchone() == ((who, 3) if how == "gave_up" else (None, None))
    capped.ask("ModBook", session_id=who, calls=told)  # the hand that was not heard tells again
    with closing(capped.ledger()) as db:
        noted = db.execute("SELECT coalesce(sum(requests), 0) FROM given_up").fetchone()[0]
    assert noted == (3 if how == "gave_up" else 0)


@pytest.mark.parametrize("spent", [NANO, NANO // 4])
def test_a_ledger_of_before_that_cannot_be_migrated_has_a_gate(capped: Home, spent: int) -> None:
    """Held at the first start after an update: it is read as it is, and what is told counts."""
    with closing(capped.ledger()) as db:
        add_call(db, "m", int(time.time()) // 86_400, cost_nano=spent)
        db.execute("DROP TABLE given_up")
        db.execute("DROP TABLE loop_left")
        db.execute("ALTER TABLE loop DROP COLUMN own")
        db.execute("PRAGMA user_version = 11")
    with held(capped):
        told = capped.ask("ModGate", calls=[record(n) for n in range(2)], asked=[FLIGHT])
        assert told["denies"][0]
