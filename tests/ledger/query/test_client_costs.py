"""The client's own figure beside the list's: where they differ is told, with the likely reason."""

from __future__ import annotations

import contextlib
from pathlib import Path

from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest, telemetry
from cheaproute.ledger.query import client_costs
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage import prices
from tests.transcripts import SESSION, assistant, write

PRICES = prices.load()
NOW = 1_795_341_600_000


def test_both_hands_in_any_order(tmp_path: Path) -> None:
    """A gateway's model, an old client's price, and a call on which both agree."""
    used = {"input_tokens": 1000, "output_tokens": 200}
    cases = {
        "agree": ("claude-sonnet-5-5", "claude-sonnet-5-5", 4000),
        "gateway": ("claude-haiku-5-5", "claude-opus-5-5", 8000),
        "old": ("claude-sonnet-5", "claude-sonnet-5", 6000),
    }
    rows, records = [], []
    for n, (name, (answered, asked, micros)) in enumerate(cases.items()):
        request = f"req_011CZNrn9bmLJsG1VfxeE{n}"
        message = f"msg_01Abcdefghijklmno{n}"
        rows.append(
            assistant(message, model=answered, used=used, requestId=request, requestedModel=asked)
        )
        records.append(
            {
                "request_id": request,
                "model": asked,
                "input_tokens": 1000,
                "output_tokens": 200,
                "cache_creation_tokens": 0,
                "cache_read_tokens": 0,
                "cost_usd_micros": micros,
                "query_source": "sdk",
            }
        )
        assert name
    path = write(tmp_path / f"{SESSION}.jsonl", *rows)
    said = []
    for telemetry_first in (True, False):
        place = tmp_path / str(telemetry_first) / "l.db"
        with contextlib.closing(store.connect(str(place))) as db:
            for hand in (0, 1) if telemetry_first else (1, 0):
                if hand:
                    ingest.read(db, [path], NOW, PRICES)
                else:
                    with Immediate(db):
                        telemetry.book(
                            db, records, session=SESSION, cwd="/p", now_ms=NOW, prices=PRICES
                        )
            counted = db.execute("SELECT count(*), sum(cost_nano) FROM call").fetchone()
            assert counted == (3, 4_000_000 + 200_000 + 4_000_000)
            said.append(client_costs.differing(db))
    assert said[0] == said[1]
    assert len(said[0]) == 2
    assert "asked for claude-opus-5-5, and a gateway answered" in said[0][0]
    assert "the client says $0.006, the list $0.004: its prices are older" in said[0][1]
