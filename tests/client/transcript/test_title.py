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


def test_a_session_that_begins_with_a_command_is_called_by_it(tmp_path: Path) -> None:
    """With its arguments; what the client did by itself only where nobody typed anything else."""

    def called(*contents: str) -> str:
        path = tmp_path / "b.jsonl"
        rows = [{"type": "user", "message": {"role": "user", "content": one}} for one in contents]
        path.write_text("\n".join(map(json.dumps, rows)) + "\n")
        return title.read(str(path))

    message, name = "<command-message>p:plan</command-message>", "<command-name>/p:plan"
    custom = f"{message}\n{name}</command-name>\n<command-args>7757\nnow</command-args>"
    local = "<command-name>/model</command-name>\n<command-args></command-args>"
    printed = "<local-command-stdout>Set model</local-command-stdout>"
    assert called(custom) == called(custom, "yes") == "/p:plan 7757 now"
    assert called(local, printed, custom) == "/p:plan 7757 now"
    assert called(local, printed, "mend the parser") == "mend the parser"
    assert called(local, printed) == "/model"
