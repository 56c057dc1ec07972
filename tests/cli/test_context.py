"""What a command is given: the questions that it asks."""

from __future__ import annotations

import os
import pty
import time
from collections.abc import Iterator

import pytest

from cheaproute.cli.context import Context


@pytest.fixture
def terminal() -> Iterator[tuple[int, Context]]:
    """The user's end of a terminal, and what a command on the other one is given."""
    master, slave = pty.openpty()
    with open(slave, encoding="utf-8", closefd=False) as reads, open(slave, "w") as writes:
        env = {**os.environ, "TERM": "xterm"}
        yield master, Context(env, stdin=reads, stdout=writes, stderr=writes)
    os.close(master)


def shown(master: int, words: bytes) -> None:
    """Wait until `words` stand on the screen."""
    said, end = b"", time.monotonic() + 30
    while words not in said:
        assert time.monotonic() < end, said
        said += os.read(master, 4096)


def test_what_was_typed_before_a_question_is_no_answer(terminal: tuple[int, Context]) -> None:
    """Only what is typed when it stands on the screen counts."""
    master, context = terminal
    os.write(master, b"y\n")
    shown(master, b"y\r\n")  # the terminal has taken it
    with pytest.MonkeyPatch.context() as patch:
        write = context.err.write

        def asked(text: str) -> None:
            write(text)
            os.write(master, b"n\n")

        patch.setattr(context.err, "write", asked)
        assert not context.confirm("Delete all?")

        def agreed(text: str) -> None:
            write(text)
            os.write(master, b"y\n")

        patch.setattr(context.err, "write", agreed)
        assert context.confirm("Delete all?")
