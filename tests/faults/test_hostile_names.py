"""Names of a hostile repository, through every medium: nothing acts, nothing breaks out."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cheaproute.escape import MARK
from tests.conftest import ROOT
from tests.faults.box import Box
from tests.transcripts import EVIL, append, assistant

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("costs",), ("costs", "--by", "project"), ("costs", "--by", "model"),
    ("costs", "--by", "agent"),
    ("costs", "--by", "session"), ("costs", "--by", "day"), ("why",), ("doctor",),
    ("plan",), ("cap",), ("config",),
)  # fmt: skip


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    """A session in which whatever bears a name bears such a one."""
    made = Box(tmp_path_factory.mktemp("names"))
    for number, evil in enumerate(EVIL.values()):
        append(
            made.transcript,
            {"type": "user", "cwd": evil, "gitBranch": evil, "sessionId": made.session,
             "message": {"role": "user", "content": f"{evil} find it"}},
            {"type": "custom-title", "customTitle": evil, "sessionId": made.session},
            {"type": "ai-title", "aiTitle": evil, "sessionId": made.session},
            assistant(f"msg_{number}{evil}", session=made.session, model=f"{evil}claude",
                      cwd=f"{evil}/{evil}", gitBranch=evil, agentId=evil, requestId=f"{evil}r"),
            assistant(f"msg_ok_{number}", session=made.session, cwd=f"/src/{evil}", gitBranch=evil,
                      agentId=evil),
        )  # fmt: skip
        task = {"description": evil, "prompt": "List what mentions x.", "subagent_type": evil}
        made.hook("pre_tool_use", tool_input=task, tool_use_id=f"{evil}{number}")
    append(made.transcript, {"type": "custom-title", "customTitle": "".join(EVIL.values())})
    return made


def said(box: Box, *words: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "cheaproute", *words],
        cwd=ROOT,
        env=box.env,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    assert done.returncode in (0, 1, 4), done.stderr
    assert "Traceback" not in done.stderr
    assert not _CONTROL.search(done.stderr), done.stderr
    return done.stdout


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_on_a_terminal(box: Box, words: tuple[str, ...]) -> None:
    """No sequence, no other direction, no line of their own."""
    text = said(box, *words)
    assert not _CONTROL.search(text), text
    assert not re.search(r"^\s*SYSTEM:", text, re.MULTILINE)
    if words[-1] in ("project", "model"):
        assert "owned" in text, "the names are shown"


def test_in_json(box: Box) -> None:
    """Reports and lines are one JSON each, printable as they stand."""
    for words in (("costs", "--json"), ("plan", "--json"), ("why", "--json"), ("cap", "--json")):
        text = said(box, *words)
        json.loads(text)
        assert not _CONTROL.search(text)
    for line in said(box, "export", "--format", "json").splitlines():
        assert line.isprintable(), line
    rows = [json.loads(line) for line in said(box, "export").splitlines() if line[:1] == "{"]
    assert len(rows) >= len(EVIL)


def test_in_a_spreadsheet(box: Box) -> None:
    """No cell begins with what makes it a formula; a lead by a mark or a blank is none."""
    for words in (
        ("export", "--format", "csv"),
        ("costs", "--csv", "--by", "project"),
        ("costs", "--csv", "--by", "model"),
        ("costs", "--csv", "--by", "session"),
    ):
        text = said(box, *words)
        assert not _CONTROL.search(text.replace("\r\n", "\n")), words
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert cell.lstrip(f" \t{MARK}")[:1] not in ("=", "+", "@"), cell
                assert cell[:1] != "-" or re.fullmatch(r"-[\d.]+", cell), cell


class _Page(HTMLParser):
    """Which tags and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_on_a_page(box: Box, tmp_path: Path) -> None:
    """No script, no image, no handler, whatever names it shows."""
    said(box, "report", "--output", str(tmp_path / "page.html"))
    text = (tmp_path / "page.html").read_text()
    page = _Page()
    page.feed(text)
    assert page.tags
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "base"}
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "alert(1)" in text, "the names are shown"
    assert not _CONTROL.search(text)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def test_from_hooks_and_in_the_status_line(box: Box) -> None:
    """What the client shows, and what it hands to the model, is clean; the model gets no name."""
    hooks = {
        "user_prompt_submit": {"prompt": "/costs projects"},
        "stop": {},
        "subagent_stop": {"agent_id": EVIL["title"], "agent_type": EVIL["line"]},
        "session_start": {"source": "resume", "model": EVIL["clear"]},
        "post_tool_batch": {},
    }
    for hook, fields in hooks.items():
        answer = box.hook(hook, **fields)
        for text in _texts(answer or {}):
            assert not _CONTROL.search(text), (hook, text)
        context = str(((answer or {}).get("hookSpecificOutput") or {}).get("additionalContext"))
        assert not any(evil in context for evil in EVIL.values()), (hook, context)
    event = json.loads(box.event("stop"))
    for evil in EVIL.values():
        event |= {"model": {"display_name": evil, "id": evil}, "cwd": str(box.project)}
        done = subprocess.run(
            [f"{ROOT}/hooks/run", "statusline"],
            input=json.dumps(event).encode(),
            env=box.env,
            capture_output=True,
            check=True,
        )
        line = done.stdout.decode().removesuffix("\n")
        assert line.isprintable(), line
