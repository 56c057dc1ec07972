"""That something long is going on: on a terminal only, and gone when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cheaproute.cli.context import Context

_WIDTH = 24
_STEP = 0.02


@contextmanager
def spinner(context: Context, what: str) -> Iterator[None]:
    """`what` while it lasts."""
    if not context.err.terminal:
        yield
        return
    context.err.write(f"{what} ...")
    try:
        yield
    finally:
        context.err.over()


@contextmanager
def bar(context: Context, what: str, whole: int) -> Iterator[Callable[[int], None]]:
    """A bar of `whole` units; what is yielded takes what was done since it was last called."""
    if not context.err.terminal or whole <= 0:
        yield lambda _: None
        return
    done, drawn = 0, -1.0

    def advance(more: int) -> None:
        nonlocal done, drawn
        done = min(whole, done + more)
        share = done / whole
        if share - drawn >= _STEP or done == whole:
            drawn = share
            full = int(share * _WIDTH)
            signs = ("#", ".") if context.err.plain else ("█", "░")
            line = signs[0] * full + signs[1] * (_WIDTH - full)
            context.err.over(f"{what} {line} {share * 100:3.0f} %")

    try:
        yield advance
    finally:
        context.err.over()
