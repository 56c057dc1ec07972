"""Write how likely letters follow each other in words and names: what a random text is not.

Counted in the standard library of the Python that runs it (its sources: identifiers, comments,
docstrings, messages), by which the scanner tells a key from a word. `python tools/letter_pairs.py`
rewrites `cheaproute/delegate/secrets/wordlists/pairs.py`; another version of Python gives a
table that differs a little and serves as well.
"""

from __future__ import annotations

import os
import re
import sysconfig
from collections import Counter
from itertools import pairwise
from math import log2
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "cheaproute/delegate/secrets/wordlists/pairs.py"
SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0-"
_TEXT = re.compile(r"[A-Za-z0-9_\-./]{3,}")
# Tables of bytes and names of characters are no words.
_SKIP = re.compile(r"/(?:encodings|test|idlelib/Icons|lib2to3|site-packages|pydoc_data)/")
_LEVELS = 85
_UNIT = 8.0  # levels a bit


def signs(text: str) -> str:
    """`text` with all digits and all signs as one."""
    return re.sub(r"[^A-Za-z0]+", "-", re.sub(r"[0-9]", "0", text))


def counted(root: str) -> tuple[Counter[str], Counter[str]]:
    """How often each pair, and each first sign, stands in different words below `root`."""
    words: set[str] = set()
    weight: Counter[str] = Counter()
    for place, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.endswith(".py") and not _SKIP.search(path):
                for word in _TEXT.findall(Path(path).read_text("utf-8", errors="replace")):
                    weight[word] += 1
    words.update(weight)
    pairs: Counter[str] = Counter()
    firsts: Counter[str] = Counter()
    for word in words:
        # A word seen often counts more, but not as often as it was seen.
        times = 1 + int(log2(weight[word]))
        for first, second in pairwise("-" + signs(word) + "-"):
            pairs[first + second] += times
            firsts[first] += times
    return pairs, firsts


def table(pairs: Counter[str], firsts: Counter[str]) -> str:
    """One character a pair: eighths of a bit of surprise."""
    made = ""
    for first in SIGNS:
        for second in SIGNS:
            chance = (pairs[first + second] + 0.5) / (firsts[first] + 0.5 * len(SIGNS))
            level = min(_LEVELS - 1, round(-log2(chance) * _UNIT))
            # Neither quotes nor backslashes.
            made += chr(level + 40 + (level + 40 >= 92))
    return made


def main() -> None:
    """Write the table."""
    made = table(*counted(sysconfig.get_paths()["stdlib"]))
    lines = [made[place : place + 88] for place in range(0, len(made), 88)]
    OUT.write_text(
        '"""How surprising a letter is after another: made by `tools/letter_pairs.py`."""\n\n'
        "from __future__ import annotations\n\n"
        f'SIGNS = "{SIGNS}"\n'
        "# Eighths of a bit for each sign of SIGNS after each, `(` for none.\n"
        "SURPRISE = (\n" + "".join(f'    "{line}"\n' for line in lines) + ")\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
