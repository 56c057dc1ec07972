"""Two halves of the shapes, and files without a secret; drawn by seed when the test runs."""

from __future__ import annotations

import random
from pathlib import Path

from tests.delegate.secrets.shapes.fillers import FILLERS
from tests.delegate.secrets.shapes.made import around, fill

PLACE = Path(__file__).parent
SEED = 7061


def _parts(name: str) -> list[tuple[str, str]]:
    """Title and body of each part of a list."""
    parts = ("\n" + (PLACE / name).read_text(encoding="utf-8")).split("\n=== ")[1:]
    return [(head, body) for head, _, body in (part.partition("\n") for part in parts)]


def half(number: int, files: int = 300) -> list[tuple[str, str]]:
    """So many files of one half of the shapes, each with its shape's name."""
    shapes = _parts("shapes.txt")
    random.Random(SEED).shuffle(shapes)
    mine = shapes[: len(shapes) // 2] if number == 1 else shapes[len(shapes) // 2 :]
    r = random.Random(SEED + number)
    made = []
    for at in range(files):
        head, body = mine[at % len(mine)]
        name, _, filler = head.partition(" | ")
        variants = body.strip("\n").split("\n---\n")
        variant = at // len(mine) % len(variants)
        made.append((f"{name} {variant + 1}", around(variants[variant], FILLERS[filler], r)))
    return made


def clean(number: int = 1, files: int = 1000, lines: int = 120) -> list[tuple[str, str]]:
    """So many files without a secret, each with its kind's name."""
    kinds = _parts("clean.txt" if number == 1 else "clean_two.txt")
    r = random.Random(SEED + number)
    made = []
    for at in range(files):
        name, body = kinds[at % len(kinds)]
        plain = body.strip("\n").split("\n---\n" if "\n---\n" in body else "\n")
        text = "\n".join(fill(r.choice(plain), r) for _ in range(r.randint(lines // 4, lines)))
        made.append((name, text + "\n"))
    return made
