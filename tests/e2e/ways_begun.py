"""What a project's env makes of a program before it begins, and what a gateway makes of answers."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from tests.e2e import scripts
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, USAGE, Answers, Script, settings

# Ends whatever program loads it, but the client.
ENDS = """#include <stdlib.h>
#include <string.h>
#include <unistd.h>
extern char *program_invocation_short_name;
__attribute__((constructor)) static void end(void) {
  if (!strstr(program_invocation_short_name, "claude")) _exit(0);
}
"""
# Headers, a body: what an answer becomes.
Answer = tuple[int, dict[str, str], bytes]
Made = Callable[[Answer], Answer]


def env_in(**values: str) -> Script:
    """A tool loop in a project whose env names files below it (`{here}`)."""

    def script(machine: Machine) -> Answers:
        here = {name: one.replace("{here}", machine.project) for name, one in values.items()}
        settings(machine, {"env": here})
        return scripts.endless(USAGE)

    return script


def noise(*names: str) -> Script:
    """Libraries that are none, in the place of the system's."""

    def script(machine: Machine) -> Answers:
        for name in names:
            place = Path(machine.project, "lib", name)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(b"noise")
        return env_in(LD_LIBRARY_PATH="{here}/lib")(machine)

    return script


def ends(machine: Machine) -> Answers:
    """A library that ends programs; where there is no compiler the file is none."""
    source, library = Path(machine.project, "ends.c"), Path(machine.project, "ends.so")
    source.write_text(ENDS)
    compiler = shutil.which("cc")
    if compiler:
        options = ["-shared", "-fPIC", "-D_GNU_SOURCE", "-o", str(library), str(source)]
        subprocess.run([compiler, *options], check=True)
    else:
        library.write_bytes(b"noise")
    return env_in(LD_PRELOAD="{here}/ends.so")(machine)


def shell_files(machine: Machine) -> Answers:
    """What shells read and obey as they start."""
    Path(machine.project, "start.sh").write_text("exit 0\n")
    return env_in(
        ENV="{here}/start.sh", BASH_ENV="{here}/start.sh", PS4="$(exit)", IFS="/:.",
        CDPATH="{here}", POSIXLY_CORRECT="1",
        SHELLOPTS="xtrace:noexec", BASHOPTS="extdebug", BASH_COMPAT="31",
        **{"BASH_FUNC_exec%%": "() { :; }", "BASH_FUNC_unset%%": "() { :; }"},
    )(machine)  # fmt: skip


class _Relay(BaseHTTPRequestHandler):
    """Hands a request on to the stand-in, and `made` of its answer back."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing on stderr."""

    def do_POST(self) -> None:
        """The one kind of request that costs money."""
        relay = cast("_Server", self.server)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        path = "/v1/messages" + ("/count_tokens" if "messages/count_tokens" in self.path else "")
        upstream = HTTPConnection("127.0.0.1", relay.port, timeout=60)
        dropped = ("host", "content-length", "content-encoding", "connection")
        passed = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        upstream.request("POST", path, body, passed)
        answer = upstream.getresponse()
        headers = {
            k: v for k, v in answer.getheaders() if k.lower() in ("content-type", "request-id")
        }
        status, headers, told = relay.made((answer.status, headers, answer.read()))
        upstream.close()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    port = 0
    made: Made = staticmethod(lambda answer: answer)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


def relayed(
    made: Made | None = None, base: str = "", **env: str
) -> Callable[[Machine, Mapping[str, str]], None]:
    """One run behind a gateway that makes something else of each answer; its URL ends in `base`."""

    def play(machine: Machine, given: Mapping[str, str]) -> None:
        with _Server(("127.0.0.1", 0), _Relay) as server:
            server.port = int(machine.api.url.rpartition(":")[2])
            if made:
                server.made = made
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            url = f"http://127.0.0.1:{server.server_address[1]}{base}"
            settings(machine, {"env": {"ANTHROPIC_BASE_URL": url, **env}})
            options = machine.options(plugin=True, model="sonnet")
            machine.client("-p", MARK, *options, **given)
            server.shutdown()

    return play


def with_headers(**more: str) -> Made:
    """The same with other headers; `_` stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return lambda answer: (answer[0], answer[1] | named, answer[2])


def with_status(status: int) -> Made:
    """The same with another status."""
    return lambda answer: (status, answer[1], answer[2])


def replaced(*pairs: tuple[bytes, bytes]) -> Made:
    """The same, with parts of it in other words."""

    def made(answer: Answer) -> Answer:
        body = answer[2]
        for old, new in pairs:
            body = body.replace(old, new)
        return answer[0], answer[1], body

    return made


def zipped(answer: Answer) -> Answer:
    """The same, compressed."""
    return answer[0], answer[1] | {"content-encoding": "gzip"}, gzip.compress(answer[2])


def twice_begun(answer: Answer) -> Answer:
    """A stream that begins a second time, with small counts."""
    body = answer[2]
    first = body.partition(b"\n\n")[0]
    again = first.replace(b'"input_tokens": 100000', b'"input_tokens": 1')
    return answer[0], answer[1], body.replace(first, first + b"\n\n" + again, 1)


def cheaper_end(answer: Answer) -> Answer:
    """A stream whose end says that it used less than its beginning did."""
    head, mark, end = answer[2].rpartition(b'"message_delta"')
    return answer[0], answer[1], head + mark + end.replace(b"100000", b"1")
