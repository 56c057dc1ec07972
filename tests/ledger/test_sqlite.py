"""SQLite as the library has it, without what loads beside it."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

PROBE = """
import sys
sys.path.insert(0, sys.argv[1])
from cheaproute.ledger.transactions import sqlite3
print("functools" in sys.modules)
db = sqlite3.connect(":memory:")
print([db.execute("SELECT ? + 1", (n,)).fetchone()[0] for n in (1, 2, 1)])
import functools
print(functools.reduce(max, [1, 3, 2]), functools.lru_cache(maxsize=2)(abs).cache_info().maxsize)
import sqlite3 as whole
print(whole.connect is sqlite3.connect, isinstance(db, whole.Connection))
"""


def test_functools_stays_out_and_is_whole_when_it_comes() -> None:
    """Statements are cached and run; who imports `functools` afterwards gets the real one."""
    command = [sys.executable, "-I", "-S", "-c", PROBE, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:4] == ["False", "[2, 3, 2]", "3 2", "True True"]
