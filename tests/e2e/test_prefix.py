"""What the client sends with the plugin is what it sends without: no answer moves the prefix."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import client, scripts
from tests.e2e.session import Machine

MARK = "GO-MAIN"
_OURS = re.compile(r"- cheaproute:[^\n]*\n")


def plain(value: Any) -> Any:
    """`value` without the marks that wander with each turn, and text in its shortest form."""
    if isinstance(value, dict):
        kept = {name: plain(one) for name, one in value.items() if name != "cache_control"}
        content = kept.get("content")
        if isinstance(content, list) and len(content) == 1 and set(content[0]) == {"type", "text"}:
            kept["content"] = content[0]["text"]
        return kept
    return [plain(one) for one in value] if isinstance(value, list) else value


def without_us(messages: list[Any]) -> str:
    """The messages without the line of our agent, their tool uses numbered from the first."""
    text = _OURS.sub("", json.dumps(messages).replace("\\n", "\n"))
    for number, name in enumerate(dict.fromkeys(re.findall(r"toolu_\w+", text))):
        text = text.replace(name, f"toolu-{number}")
    return text


def session(machine: Machine, api: Api, *, plugin: bool) -> list[dict[str, Any]]:
    """Two turns, the first with a shell's tool, the second with a subagent: the main requests."""
    first = scripts.dispatch([scripts.bash("echo hello")], "Said.")
    tools = [scripts.agent("Find mentions of X", "List every file that mentions X.")]

    def main(request: Request) -> Reply:
        second = f"{MARK}, the second" in request.text
        if not second:
            return first(request)
        return Reply("", tools) if request.tool_results == 1 else Reply("All done.")

    api.script = scripts.conversations(main, lambda _request: Reply("Found."), MARK)
    before = len(api.calls)
    begun = machine.run(f"{MARK}, the first", plugin=plugin)
    ended = machine.run(f"{MARK}, the second", "--resume", begun.session, plugin=plugin)
    assert (begun.text, ended.text) == ("Said.", "All done.")
    return [
        {name: plain(one.body[name]) for name in ("system", "tools", "messages")}
        for one in api.calls[before:]
        if MARK in one.text and not one.counting
    ]


@pytest.mark.long
@pytest.mark.parametrize("version", [client.NEWEST])
def test_the_plugin_leaves_the_cached_prefix_alone(machine: Machine, api: Api) -> None:
    """But for the name of its agent the requests are the same, and each begins with the last."""
    without = session(machine, api, plugin=False)
    models = len(api.models)
    ours = session(machine, api, plugin=True)
    assert "claude-haiku-5-5" in api.models[models:]  # our answer: the subagent was routed
    assert len(ours) == len(without) == 4
    for former, latter in itertools.pairwise(ours):
        assert latter["messages"][: len(former["messages"])] == former["messages"]
        assert (latter["system"], latter["tools"]) == (former["system"], former["tools"])
    for one, other in zip(ours, without, strict=True):
        assert (one["system"], one["tools"]) == (other["system"], other["tools"])
    for one, other in [*zip(ours, without, strict=True)][:3]:  # the last has an agent's own report
        assert without_us(one["messages"]) == without_us(other["messages"])
    assert len(_OURS.findall(json.dumps(ours[0]["messages"]).replace("\\n", "\n"))) == 1
