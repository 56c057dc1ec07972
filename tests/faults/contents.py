"""Files with much of one thing in them, made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def filled(*parts: bytes | tuple[bytes, int]) -> Callable[[Path], None]:
    """What writes a file of these parts; a pair is repeated so many times."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            for part in parts:
                file.write(part if isinstance(part, bytes) else part[0] * part[1])

    return make
