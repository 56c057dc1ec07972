"""A file replaced: whole or not at all, whoever else is at it."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cheaproute import atomic
from cheaproute.errors import ConfigError


def test_writers_under_one_number_take_nothing_from_each_other(tmp_path: Path) -> None:
    """Threads, or two containers with one home, whose process numbers are alike."""
    path = tmp_path / "data" / "kept.json"
    texts = [bytes([65 + n]) * 100_000 for n in range(8)]
    with ThreadPoolExecutor(8) as writers:
        for _ in range(10):
            list(writers.map(lambda text: atomic.write(str(path), text), texts))
            assert path.read_bytes() in texts
    assert list(path.parent.iterdir()) == [path]


def test_what_one_that_died_has_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """The next of its number writes beside it."""
    path = tmp_path / "kept.json"
    Path(f"{path}.{os.getpid()}").write_bytes(b"half")
    atomic.write(str(path), b"whole")
    assert path.read_bytes() == b"whole"


def test_what_cannot_be_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    """A directory in its place."""
    path = tmp_path / "data" / "kept.json"
    (path / "theirs").mkdir(parents=True)
    with pytest.raises(ConfigError, match="kept"):
        atomic.write(str(path), b"whole")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("linked", [True, False])
def test_what_is_no_file_is_not_replaced(tmp_path: Path, *, linked: bool) -> None:
    """An administrator could have a device gone by a link to it; a file of ours takes its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    path = tmp_path / "link" if linked else pipe
    if linked:
        path.symlink_to(pipe)
    with pytest.raises(ConfigError, match="is no file"):
        atomic.write(str(path), b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    atomic.write(str(path), b"x", 0o600)
    assert path.read_bytes() == b"x"
    assert pipe.is_fifo() is linked
