"""How wide the client's terminal is, seen from a process beside it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios

from cheaproute.report.terminal import size
from tests.conftest import ROOT

_SEEN = (
    "import sys; from cheaproute.report.terminal import size; "
    "print(size.columns({}, 4, int(sys.argv[1])))"
)


def test_without_a_terminal_of_its_own_the_clients_is_seen() -> None:
    """The stand-by has none, and writes the line under the prompt: cut to the client's width."""
    main, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (40, 72))
    client = subprocess.Popen(["/bin/sleep", "60"], stdout=terminal, stdin=subprocess.DEVNULL)
    try:
        command = [sys.executable, "-c", _SEEN, str(client.pid)]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, start_new_session=True, check=True
        )
        assert done.stdout.strip() == b"68"
    finally:
        client.kill()
        client.wait()
        os.close(main)
        os.close(terminal)


def test_what_is_told_wins() -> None:
    """The client's own word, where it says one."""
    assert size.columns({"COLUMNS": "100"}, 4, os.getpid()) == 96


def test_no_screen_is_wider_than_screens_are() -> None:
    """Whatever a variable tells; a number of thousands of digits is none to Python."""
    assert size.columns({"COLUMNS": "999999999"}, 4) == size.MOST - 4
    assert size.said("9" * 5000) == size.said("-1") == size.said("") == 0
