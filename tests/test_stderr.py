"""A line on another process's stderr: where nothing else that a hook says is shown."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from cheaproute import log


def told(descriptor: int) -> None:
    """Tell a line while `descriptor` is this process's stderr."""
    own = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        log.tell(os.getpid(), "the disk is full")
    finally:
        os.dup2(own, 2)
        os.close(own)


def test_it_is_a_line() -> None:
    """Where somebody reads it."""
    reading, writing = os.pipe()
    told(writing)
    os.close(writing)
    assert os.read(reading, 100) == b"the disk is full\n"
    os.close(reading)


@pytest.mark.parametrize(("flags", "there"), [(os.O_APPEND, True), (0, False)])
def test_a_file_is_added_to_and_never_written_over(
    tmp_path: Path, flags: int, *, there: bool
) -> None:
    """What the client writes from the file's beginning would run into it."""
    path = tmp_path / "log"
    path.write_text("before\n")
    descriptor = os.open(path, os.O_WRONLY | flags)
    told(descriptor)
    os.close(descriptor)
    assert path.read_text() == "before\n" + ("the disk is full\n" if there else "")


def test_nobody_waits_for_a_reader() -> None:
    """A pipe that is full or has no reader takes nothing, and the hook goes on."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    told(writing)
    os.close(reading)
    told(writing)
    os.close(writing)
