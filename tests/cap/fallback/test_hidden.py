"""What the caps count beside the books."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cheaproute import days
from cheaproute.cap import limits
from cheaproute.cap.state import state
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.money import NANO
from cheaproute.usage import prices
from tests.transcripts import SESSION, append, assistant, usage

NOW_MS = days.parse_ms("2026-11-22T12:00:00.000Z")


def test_an_answer_that_calls_itself_a_batch_counts_whole(tmp_path: Path) -> None:
    """The books have it at the half that the API says; no session's request is one."""
    main = tmp_path / f"{SESSION}.jsonl"
    with closing(store.connect(str(tmp_path / "ledger.db"))) as db:
        limits.put(db, {"month": NANO, "day": NANO, "session": NANO}, 1)

        def counted(name: str, **more: object) -> list[tuple[int, int]]:
            append(main, assistant(name, used=usage(**more)))
            ingest.meter(db, str(main), NOW_MS, prices.load())
            found = state(db, SESSION, NOW_MS).periods
            return [(at.spent, at.used) for at in found.values()]

        (plain, _), *_ = first = counted("msg_1")
        assert plain > 0
        assert first == [(plain, plain)] * 3
        half = counted("msg_2", service_tier="batch")
        assert half == [(plain + plain // 2, 2 * plain)] * 3
