"""A terminal for the interactive client: tmux, driven by what is on the screen."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

WIDTH, HEIGHT = 120, 60
WAIT_S = 30
OPEN = "Enter to select"  # a dialog is


class Tui:
    """One program in one terminal of WIDTH x HEIGHT cells; a wait in vain shows the screen."""

    def __init__(self, command: Sequence[str], cwd: str, env: Mapping[str, str]) -> None:
        words = [f"{name}={value}" for name, value in env.items()]
        self._command = shlex.join(["env", "-i", *words, *command])
        self._cwd = cwd
        # Not below pytest's directory: a socket's path has to stay short.
        self._place = tempfile.mkdtemp(prefix="crt-")

    def __enter__(self) -> Self:
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        self._tmux("new-session", "-d", "-s", "t", *size, "-c", self._cwd, self._command)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._tmux("kill-server", check=False)
        shutil.rmtree(self._place, ignore_errors=True)

    @property
    def screen(self) -> str:
        """What is on the screen now, with what has scrolled away; blank lines count once."""
        shown = self._tmux("capture-pane", "-p", "-S", "-", "-t", "t")
        return re.sub(r"\n{3,}", "\n\n", shown)

    @property
    def told(self) -> str:
        """What the terminal was told besides text: its title, links, colours."""
        title = self._tmux("display-message", "-p", "-t", "t", "#{pane_title}")
        return title + self._tmux("capture-pane", "-p", "-e", "-S", "-", "-t", "t")

    def ready(self) -> str:
        """The screen once the client takes a prompt."""
        return self.wait("\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}")

    def type(self, text: str, *, enter: bool = True) -> None:
        """Type `text` as keys, wait until it shows, then press Enter."""
        self._tmux("send-keys", "-t", "t", "-l", text)
        if enter:
            self.wait(text)
            self.key("Enter")

    def key(self, name: str) -> None:
        """Press one key by its tmux name."""
        self._tmux("send-keys", "-t", "t", name)

    def wait(self, wanted: str | Callable[[str], bool], seconds: float = WAIT_S) -> str:
        """The screen once it shows `wanted` (a text, or a test of the screen)."""
        shows = (lambda screen: wanted in screen) if isinstance(wanted, str) else wanted
        end = time.monotonic() + seconds
        while not shows(screen := self.screen):
            assert time.monotonic() < end, f"not seen within {seconds} s: {wanted}\n{screen}"
            time.sleep(0.1)
        return screen

    def settle(self, seconds: float = 1.0) -> str:
        """The screen once it has not changed for `seconds`."""
        end = time.monotonic() + WAIT_S
        before, since = self.screen, time.monotonic()
        while time.monotonic() - since < seconds:
            assert time.monotonic() < end, f"the screen never came to rest\n{before}"
            time.sleep(0.1)
            if (now := self.screen) != before:
                before, since = now, time.monotonic()
        return before

    def _tmux(self, *words: str, check: bool = True) -> str:
        command = ["tmux", "-S", f"{self._place}/s", "-f", "/dev/null", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        assert not check or done.returncode == 0, f"tmux {words[0]}: {done.stderr}"
        return done.stdout


def answer(tui: Tui, text: str) -> None:
    """Type `text` into the open dialog ("": nothing) and press Enter, until it heard that.

    One that has just opened takes no keys.
    """
    while text and "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT} 3." not in tui.screen:
        tui.key("Down")
        tui.settle(0.5)
    if text:
        tui.type(text, enter=False)
        tui.wait(text)
    while OPEN in tui.settle(0.5):
        tui.key("Enter")
