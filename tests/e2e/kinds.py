"""What a session can do that makes requests: each kind, and all of them at once."""

from __future__ import annotations

import http.server
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.api import Reply, Request, Tool
from tests.delegate.backends.test_http import certificate, serving
from tests.e2e import scripts
from tests.e2e.hands import copy
from tests.e2e.session import Machine, Result

USAGE = {
    "input_tokens": 900, "output_tokens": 80,
    "cache_read_input_tokens": 12_000, "cache_creation_input_tokens": 3_000,
}  # fmt: skip
MARK = "MAINTASK"


@dataclass
class Way:
    """What a session does: its script, options, variables, the settings of its project."""

    script: Callable[[Request], Reply]
    least: int  # requests that it makes
    options: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    prompt: str = MARK


def said(text: str = "Said.") -> Reply:
    """An end, which serves a summary as well."""
    return Reply(f"<summary>{text}</summary>", usage=USAGE)


def in_turn(*tools: list[Tool]) -> Callable[[Request], Reply]:
    """A main loop that uses these tools one after the other; whoever else asks is an agent."""

    def main(request: Request) -> Reply:
        if request.tool_results < len(tools):
            return Reply("", tools[request.tool_results], USAGE)
        return said()

    return scripts.conversations(main, lambda _request: said("Found."), MARK)


def message(to: str) -> Tool:
    """Another message to an agent."""
    return Tool("SendMessage", {"to": to, "message": "AGENT again", "summary": "again"})


@contextmanager
def fallback(_place: Path) -> Iterator[Way]:
    """The session's model is overloaded: the fallback answers."""

    def script(request: Request) -> Reply:
        if "opus" in request.model:
            return Reply(status=529, headers={"retry-after": "0"})
        return said() if request.tool_results else Reply("", [scripts.bash("echo 1")], USAGE)

    yield Way(script, 2, ("--fallback-model", "sonnet"))


BACKGROUND = [
    [scripts.agent(f"Look {n}", "AGENT root-cause", run_in_background=True)] for n in range(2)
]
WOKEN = [
    [scripts.agent("Find x", "AGENT root-cause the deadlock", name="finder")],
    [message("finder")],
]
WORKFLOW = """export const meta = { name: "w", description: "d", phases: [{title: "Work"}] }
for (let i = 0; i < 3; i++) await agent("AGENT task " + i, {label: "a" + i, phase: "Work"})
await agent("AGENT small", {label: "b", phase: "Work", model: "haiku"})
return "done"
"""
FLOW = [[Tool("Workflow", {"script": WORKFLOW})]]
TEAM = [
    [Tool("TeamCreate", {"team_name": "crew", "description": "d"})],
    [scripts.agent("help", "AGENT help", name="mate", team_name="crew")],
    [message("mate")],
]
TEAMS = {"CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS": "1"}
JUDGE = {"type": "prompt", "prompt": "JUDGE $ARGUMENTS"}
JUDGES: dict[str, list[object]] = {
    "PreToolUse": [{"matcher": "Bash", "hooks": [JUDGE]}],
    "Stop": [{"hooks": [{**JUDGE, "type": "agent"}]}],
}


@contextmanager
def background(_place: Path) -> Iterator[Way]:
    """Agents in the background, whose ends wake the main loop."""
    yield Way(in_turn(*BACKGROUND), 6)


@contextmanager
def woken(_place: Path) -> Iterator[Way]:
    """A subagent that is sent another message after it ended."""
    yield Way(in_turn(*WOKEN), 6)


@contextmanager
def workflow(_place: Path) -> Iterator[Way]:
    """A script that runs agents, one of them on another model."""
    yield Way(in_turn(*FLOW), 7)


@contextmanager
def teammate(_place: Path) -> Iterator[Way]:
    """A member of a team, woken by a message, and its notices to the lead."""
    yield Way(in_turn(*TEAM), 6, env=TEAMS)


def judged(script: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """The same, where what JUDGES ask is answered well."""

    def answer(request: Request) -> Reply:
        if "JUDGE" in request.text + request.system and MARK not in request.text:
            return Reply('{"ok": true}', usage=USAGE)
        return script(request)

    return answer


@contextmanager
def judges(_place: Path) -> Iterator[Way]:
    """A `prompt` hook and an `agent` hook of the user's: calls of their own."""
    yield Way(judged(in_turn([scripts.bash("echo 1")])), 5, settings={"hooks": JUDGES})


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """A page that is long enough to be read by a model."""
        body = b"<html><body>" + b"<p>Some words of a page.</p>" * 2000 + b"</body></html>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def page(place: Path) -> Iterator[tuple[list[list[Tool]], dict[str, str]]]:
    """Tools that read a page and search the web; the variables with which the client may."""
    pem, key = certificate(place)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    with serving(_Page, context) as port:
        fetch = Tool("WebFetch", {"url": f"https://127.0.0.1:{port}/", "prompt": "READER what?"})
        search = Tool("WebSearch", {"query": "claude prices"})
        yield [[fetch], [search]], {"NODE_EXTRA_CA_CERTS": pem}


def searched(script: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """The same, where the searcher's own request finds something."""
    found = {**USAGE, "server_tool_use": {"web_search_requests": 2}}

    def answer(request: Request) -> Reply:
        tools = request.body.get("tools") or []
        if any(str(tool.get("type")).startswith("web_search") for tool in tools):
            return Reply("Found on the web.", usage=found)
        return script(request)

    return answer


@contextmanager
def web(place: Path) -> Iterator[Way]:
    """A page read by WebFetch's reader, a search by WebSearch's searcher."""
    with page(place) as (tools, env):
        settings = {"skipWebFetchPreflight": True}
        yield Way(searched(in_turn(*tools)), 5, env=env, settings=settings)


def not_yet(place: Path) -> dict[str, object]:
    """A Stop hook that sends the turn on twice."""
    count = place / "count"
    more = f'echo x >>"{count}"; [ $(wc -l <"{count}") -lt 3 ] || exit 0; '
    block = json.dumps({"decision": "block", "reason": "Not yet."})
    return {"hooks": [{"type": "command", "command": f"{more}echo '{block}'"}]}


@contextmanager
def blocked(place: Path) -> Iterator[Way]:
    """A user's own Stop hook that sends the turn on twice."""
    hooks = {"Stop": [not_yet(place)]}
    yield Way(lambda _request: said(), 3, settings={"hooks": hooks})


@contextmanager
def everything(place: Path) -> Iterator[Way]:
    """All of them in one session, which ends on its fallback model."""
    with page(place) as (pages, env):
        steps = [*BACKGROUND, *WOKEN, *FLOW, *TEAM, *pages, [scripts.bash("echo 1")]]
        main = searched(in_turn(*steps))

        def script(request: Request) -> Reply:
            if request.tool_results >= len(steps) and "opus" in request.model:
                return Reply(status=529, headers={"retry-after": "0"})
            return main(request)

        hooks = {**JUDGES, "Stop": [*JUDGES["Stop"], not_yet(place)]}
        settings = {"skipWebFetchPreflight": True, "hooks": hooks}
        fall = ("--fallback-model", "sonnet")
        yield Way(judged(script), 30, fall, {**env, **TEAMS}, settings)


WAYS = [background, blocked, fallback, judges, teammate, web, woken, workflow]


# More than the first request of a session is thought to cost; three of `dear`'s on Opus.
CAP_USD = 0.15


def dear(script: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """The same answers, each of which costs $0.06 on Opus 5.5."""

    def answer(request: Request) -> Reply:
        return replace(script(request), usage={"input_tokens": 15_000, "output_tokens": 80})

    return answer


def go(machine: Machine, place: Path, way: Way) -> Result:
    """One session of this way."""
    plugin = place / "plugin"
    machine.api.script = way.script
    if not plugin.exists():
        copy(str(plugin))
    settings = Path(machine.project, ".claude", "settings.json")
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps(way.settings))
    options = ("--plugin-dir", str(plugin), *way.options)
    return machine.run(way.prompt, *options, plugin=False, model="opus", **way.env)


def plain(request: Request) -> Reply:
    """Three tools, then an end."""
    if request.tool_results < 3:
        return Reply("", [scripts.bash(f"echo {request.tool_results}")], USAGE)
    return said()
