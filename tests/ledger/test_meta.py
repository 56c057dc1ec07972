"""Small facts by name."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from cheaproute.ledger import meta, store

if TYPE_CHECKING:
    from pathlib import Path


def test_something_is_due_once_in_its_time(tmp_path: Path) -> None:
    """The first ask wins; later ones wait out the time; a clock set back does not wait for ever."""
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        assert meta.once_every(db, "k", 100, 1000)
        assert not meta.once_every(db, "k", 100, 1000)
        assert not meta.once_every(db, "k", 100, 1099)
        assert meta.once_every(db, "k", 100, 1100)
        assert meta.once_every(db, "k", 100, 500)


def test_what_is_put_is_got(tmp_path: Path) -> None:
    """The last word under a name holds; an unknown name is empty."""
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        assert meta.get(db, "k") == ""
        meta.put(db, "k", "1")
        meta.put(db, "k", "2")
        assert meta.get(db, "k") == "2"
