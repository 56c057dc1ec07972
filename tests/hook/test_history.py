from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from cheaproute.hook import history
from cheaproute.ledger import store
from cheaproute.ledger.query import surveyed
from tests import transcripts
from tests.conftest import ROOT


def test_the_first_reading_tells_who_sent_the_subagents(tmp_path: Path) -> None:
    """In the background, without anybody having asked for the plan: `why` and sums have it all."""
    row = transcripts.assistant()
    task = {"description": "d", "prompt": "Find all callers of parse", "subagent_type": "Explore"}
    row["message"]["content"] = [
        {"type": "tool_use", "id": "toolu_1", "name": "Agent", "input": task}
    ]
    folder = tmp_path / ".claude" / "projects" / "p"
    transcripts.write(folder / f"{transcripts.SESSION}.jsonl", row)
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data"), "PYTHONPATH": ROOT}
    store.connect(str(tmp_path / "data" / "ledger.db")).close()
    subprocess.run([sys.executable, "-c", history._CATCH_UP], env=env, check=True)
    with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        assert db.execute("SELECT agent_type FROM dispatch").fetchall() == [("Explore",)]
        assert surveyed.is_read(db, 0)
