"""What `-p` shows of a hook's words: a line on the client's own stderr, or nothing."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cheaproute.hook.alarms import stderr


def client(*, one: bool = True) -> Any:
    """A hook's surroundings, with this very process as the client."""
    return SimpleNamespace(client_pid=os.getpid(), is_one_run=one)


def told(context: Any, descriptor: int) -> None:
    """Tell a line while `descriptor` is this process's stderr."""
    own = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        stderr.tell(context, "the disk is full")
    finally:
        os.dup2(own, 2)
        os.close(own)


@pytest.mark.parametrize("one", [True, False])
def test_it_is_a_line_where_one_prompt_is_answered(*, one: bool) -> None:
    """A client that goes on shows what its hooks say."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    told(client(one=one), writing)
    os.close(writing)
    assert os.read(reading, 100) == (b"the disk is full\n" if one else b"")
    os.close(reading)


@pytest.mark.parametrize(("flags", "there"), [(os.O_APPEND, True), (0, False)])
def test_a_file_is_added_to_and_never_written_over(
    tmp_path: Path, flags: int, *, there: bool
) -> None:
    """What the client writes from the file's beginning would run into it."""
    path = tmp_path / "log"
    path.write_text("before\n")
    descriptor = os.open(path, os.O_WRONLY | flags)
    told(client(), descriptor)
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
    told(client(), writing)
    os.close(reading)
    told(client(), writing)
    os.close(writing)
