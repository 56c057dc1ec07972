"""A ledger that is lost takes no cap with it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap import limits, state
from cheaproute.ledger import store
from cheaproute.money import NANO

NOW = 1_795_000_000_000


def month(place: Path, name: str) -> int | None:
    """The month's limit in a ledger that was just opened."""
    with closing(store.connect(str(place / f"{name}.db"))) as db:
        limits.restore(db, str(place))
        return state.state(db, 0, NOW).periods["month"].limit


def test_what_was_set_is_set_again_where_nothing_is_known(tmp_path: Path) -> None:
    """As much as was set by command; what was unset stays so."""
    tmp_path.chmod(0o700)
    with closing(store.connect(str(tmp_path / "first.db"))) as db:
        limits.put(db, {"month": 5 * NANO, "day": None}, NOW)
        limits.save(db, str(tmp_path))
        assert month(tmp_path, "second") == 5 * NANO
        limits.put(db, {"month": None}, NOW)
        limits.save(db, str(tmp_path))
    assert month(tmp_path, "third") is None
    assert month(tmp_path, "second") == 5 * NANO
    assert (tmp_path / limits.KEPT).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("said", [b"", b"[]", b"\xff", b'{"month": -1}', b'{"month": true}'])
def test_junk_sets_nothing(tmp_path: Path, said: bytes) -> None:
    """A file that says no amount says nothing."""
    tmp_path.chmod(0o700)
    (tmp_path / limits.KEPT).write_bytes(said)
    assert month(tmp_path, "ledger") is None


def test_of_two_words_the_tighter_holds(tmp_path: Path) -> None:
    """One of the files may have been written anew by whoever took the ledger away."""
    for name, said in (("a", '{"month": 999000000000}'), ("b", '{"month": 5, "day": 7}')):
        (tmp_path / name).mkdir(mode=0o700)
        (tmp_path / name / limits.KEPT).write_text(said)
    with closing(store.connect(str(tmp_path / "a" / "ledger.db"))) as db:
        assert limits.restore(db, str(tmp_path / "a"), str(tmp_path / "b"))
        assert limits.told(db) == {"month": 5, "day": 7}
