"""That something long goes on: a line every now and then, whatever it waits for."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

# So often it is said that it goes on.
WORD_S = 15


@contextlib.contextmanager
def going_on(say: Callable[[str], None]) -> Iterator[None]:
    """While it lasts `say` is told every WORD_S seconds for how long it does."""
    began, over = time.monotonic(), threading.Event()

    def tell() -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            while not over.wait(WORD_S):
                say(f"still at it ({time.monotonic() - began:.0f} s)")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
