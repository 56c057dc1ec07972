"""`python -m tools.audit`, against an index on loopback that tells of newest versions alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import audit

TOLD = {
    "good": {"info": {"version": "1.2"}, "vulnerabilities": []},
    "bad": {"info": {"version": "3.0"}, "vulnerabilities": [{"id": "PYSEC-1"}, {"id": "CVE-2"}]},
}


class Index(BaseHTTPRequestHandler):
    """Answers `/NAME/json`."""

    def do_GET(self) -> None:
        """One project, 404 for others."""
        told = TOLD.get(self.path.split("/")[1])
        self.send_response(200 if told else 404)
        self.end_headers()
        self.wfile.write(json.dumps(told or "").encode())

    def log_message(self, *_: object) -> None:
        """In silence."""


@pytest.fixture
def index() -> Iterator[str]:
    """The address of one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        (["good==1.2 \\"], 0, "1 of 1 are the newest"),
        (["good[extra]==1.1 ; python_version < '3.12' \\"], 2, "nothing is told of it, the newest"),
        (["bad==3.0 \\"], 1, "bad 3.0 is vulnerable: PYSEC-1, CVE-2"),
        (["good==1.1 \\", "bad==3.0 \\"], 1, "0 of 2 are the newest"),
        (["gone==1 \\"], 2, "gone 1: the index does not know it"),
    ],
)
def test_what_is_pinned_is_judged_by_the_newest(
    index: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    lines: list[str],
    code: int,
    said: str,
) -> None:
    """Vulnerable, not told, or neither: the code tells which, the words of what."""
    lock = tmp_path / "some.lock"
    lock.write_text("\n".join(f"{line}\n    --hash=sha256:00" for line in lines))
    assert audit.main([str(lock)], index) == code
    assert said in capsys.readouterr().out
