"""Real transcripts come to what was counted independently, whatever is done to them."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.ingest import history
from cheaproute.ledger.upkeep import check
from cheaproute.usage import prices
from tests.conftest import ROOT
from tests.ledger.ingest.test_odd_rows import ODD

CORPUS = Path(os.environ.get("CHEAPROUTE_CORPUS") or Path(ROOT, "..", "..", "shared", "corpus"))
PRICES = prices.load()
KEYS = ("month", "model", "messages", "input_tokens", "output_tokens", "cache_write_5m_tokens",
        "cache_write_1h_tokens", "cache_read_tokens")  # fmt: skip
# A reader that is killed at some point, with small batches so that there are many points.
READER = (
    "import sys, cheaproute.ledger.ingest.history as history\n"
    "from cheaproute.ledger import store\n"
    "from cheaproute.usage import prices\n"
    "history.BATCH_BYTES = 1 << 20\n"
    "paths = open(sys.argv[2]).read().split('\\n')\n"
    "db = store.connect(sys.argv[1])\n"
    "history.read(db, [(path, 1 << 18) for path in paths], 0, prices.load())\n"
)


@pytest.mark.long
@pytest.mark.skipif(not (CORPUS / "expected.json").exists(), reason="the corpus is not here")
@pytest.mark.parametrize("name", ["transcripts", "main_loop"])
@pytest.mark.parametrize("seed", range(2))
def test_the_sums_are_exact(tmp_path: Path, name: str, seed: int) -> None:
    """In any order of files, twice, killed on the way, with 26 odd rows between the others."""
    source = random.Random(seed)
    with tarfile.open(CORPUS / f"{name}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    paths = sorted(map(str, tmp_path.rglob("*.jsonl")))
    source.shuffle(paths)
    for row in list(ODD.values())[:26]:
        path = Path(source.choice(paths))
        rows = path.read_bytes().split(b"\n")
        odd = json.dumps(row, separators=(",", ":")).replace("11111111-2222", "99999999-2222")
        rows.insert(source.randrange(len(rows)), odd.encode())
        path.write_bytes(b"\n".join(rows))
    (tmp_path / "paths").write_text("\n".join(paths))
    ledger = str(tmp_path / "data" / "l.db")
    words = [sys.executable, "-c", READER, ledger, str(tmp_path / "paths")]
    for _ in range(3):
        child = subprocess.Popen(words, cwd=ROOT)
        time.sleep(source.uniform(0.2, 0.8))  # wherever that is: any point must do
        child.kill()
        child.wait()
    with contextlib.closing(store.connect(ledger)) as db:
        for _ in range(2):
            source.shuffle(paths)
            history.read(db, [(path, 1 << 18) for path in paths], 0, PRICES)
        assert check.problems(db) == []
        got = db.execute(
            "SELECT strftime('%Y-%m', day * 86400, 'unixepoch'), name, count(*), sum(input),"
            " sum(output), sum(write_5m), sum(write_1h), sum(read), sum(cost_nano)"
            " FROM call JOIN model ON model.id = model WHERE call.id NOT LIKE 'msg_odd%'"
            " AND call.request NOT LIKE 'req_msg_odd%' GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
    answers = {"transcripts": "expected.json", "main_loop": "main_loop_expected.json"}
    expected = json.loads((CORPUS / answers[name]).read_text())
    assert got == [
        (*(row[key] for key in KEYS), round(row["cost_usd"] * 1e9))
        for row in expected["by_month_and_model"]
    ]
