"""Every form of transcript comes to its own bill, however its files are read."""

from __future__ import annotations

import contextlib
import itertools
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cheaproute.client.transcript import fast_rows
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.upkeep import check, rebuild
from cheaproute.usage import prices
from tests.ledger.ingest.forms import FORMS, Form, text
from tests.marks import in_long

PRICES = prices.load()
NOW = 1_795_341_600_000


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spellings are learnt from the first row on, and many calls are written together."""
    monkeypatch.setattr(fast_rows, "_UNLEARNT", 1)
    monkeypatch.setattr(ingest, "MANY", 4)


def written(place: Path, form: Form) -> dict[str, bytes]:
    """The form's files, by path; they are there, and empty."""
    found = {}
    for name, rows in form.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        lines = (row if isinstance(row, bytes) else text(row) for row in rows)
        found[str(path)] = b"".join(line + b"\n" for line in lines)
    return found


def whole(db: sqlite3.Connection, files: dict[str, bytes], _: random.Random) -> None:
    """Each file at once."""
    for path, data in files.items():
        Path(path).write_bytes(data)
    ingest.read(db, list(files), NOW, PRICES)


def backwards(db: sqlite3.Connection, files: dict[str, bytes], _: random.Random) -> None:
    """The last file first, each by itself; then all again from their beginnings."""
    whole_files = list(files.items())[::-1]
    for path, data in whole_files:
        Path(path).write_bytes(data)
        ingest.read(db, [path], NOW, PRICES)
    db.execute("UPDATE file SET offset = 0, tail = x'', inode = 0")
    ingest.read(db, list(files), NOW, PRICES)


def rebuilt(db: sqlite3.Connection, files: dict[str, bytes], source: random.Random) -> None:
    """The ledger made anew."""
    whole(db, files, source)
    rebuild.rebuild(db, [(path, 0) for path in files], NOW, PRICES)


def by_rows(db: sqlite3.Connection, files: dict[str, bytes], source: random.Random) -> None:
    """As hooks see them: row by row, the files by turns."""
    left = {path: data.splitlines(keepends=True) for path, data in files.items()}
    _grow(db, left, source)


def by_pieces(db: sqlite3.Connection, files: dict[str, bytes], source: random.Random) -> None:
    """Cut at any byte, the files by turns."""
    left = {}
    for path, data in files.items():
        cuts = sorted({0, *(source.randrange(len(data)) for _ in range(9)), len(data)})
        left[path] = [data[a:b] for a, b in itertools.pairwise(cuts)]
    _grow(db, left, source)


def _grow(db: sqlite3.Connection, left: dict[str, list[bytes]], source: random.Random) -> None:
    while left:
        path = source.choice(list(left))
        with open(path, "ab") as file:
            file.write(left[path].pop(0))
        ingest.read(db, [path], NOW, PRICES)
        if not left[path]:
            del left[path]


@pytest.mark.parametrize("read", [whole, *map(in_long, (backwards, rebuilt, by_rows)), by_pieces])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_comes_to_its_bill(
    tmp_path: Path,
    form: Form,
    read: Callable[[sqlite3.Connection, dict[str, bytes], random.Random], None],
) -> None:
    """The calls, the nano-dollars, the unknown prices; the kept totals are theirs."""
    with contextlib.closing(store.in_memory()) as db:
        read(db, written(tmp_path, form), random.Random(str(form)))
        assert check.problems(db) == []
        assert db.execute(
            "SELECT count(*), coalesce(sum(cost_nano), 0), sum(cost_nano IS NULL) FROM call"
        ).fetchone() == (form.calls, form.nano, form.unknown)
        months = "SELECT sum(cost_nano) FROM spent WHERE period LIKE 'month:%'"
        assert db.execute(months).fetchone() == (form.nano,)
