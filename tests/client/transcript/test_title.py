from __future__ import annotations

import json
from pathlib import Path

from cheaproute.client.transcript import title

_SUMMARY = "This session is being continued from a previous conversation that ran out of context."


def test_a_summary_of_the_client_is_no_title(tmp_path: Path) -> None:
    """A continued session is called by what a person typed next; by nothing where nobody did."""
    path = tmp_path / "a.jsonl"
    summary = {"type": "user", "message": {"role": "user", "content": _SUMMARY}}
    typed = {"type": "user", "message": {"role": "user", "content": "mend the parser"}}
    for first in (summary, summary | {"isCompactSummary": True}):
        path.write_text(json.dumps(first) + "\n")
        assert title.read(str(path)) == ""
        path.write_text(json.dumps(first) + "\n" + json.dumps(typed) + "\n")
        assert title.read(str(path)) == "mend the parser"
