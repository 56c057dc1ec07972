"""Scripts for the stand-in API, and what its calls cost on the models of these tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.api import Reply, Request, Script, Tool

# USD per token, input and output, as of the pinned client.
RATES = {"claude-haiku-5-5": (0.1e-6, 0.5e-6), "claude-sonnet-5-5": (2e-6, 10e-6)}
# A call of Sonnet 5.5 that costs $0.05.
FIVE_CENTS = {"input_tokens": 20_000, "output_tokens": 1_000}
# No loop of a test goes on for ever, whatever fails.
ENOUGH = 30
# What the subagent of `with_agent` is for; the main loop is told MAINTASK.
TASK = "SUBTASK: find it"


def cost(model: str, usage: dict[str, int]) -> float:
    """What one call costs, in USD."""
    rate_in, rate_out = RATES[model]
    return usage["input_tokens"] * rate_in + usage["output_tokens"] * rate_out


def agent(description: str, prompt: str, **more: object) -> Tool:
    """A dispatch of a subagent that the main loop waits for."""
    words = {"description": description, "prompt": prompt, "subagent_type": "general-purpose"}
    return Tool("Agent", {**words, "run_in_background": False, **more})


def bash(command: str) -> Tool:
    """A harmless tool call."""
    return Tool("Bash", {"command": command, "description": "Look"})


def with_agent(request: Request) -> Reply:
    """A tool, a subagent, an end."""
    if TASK in request.text and "MAINTASK" not in request.text:
        return Reply("Found.")
    steps = [
        Reply("", [bash("echo 1")]),
        Reply("", [agent("look", TASK)]),
        Reply("All done."),
    ]
    return steps[min(request.tool_results, 2)]


def conversations(
    main: Callable[[Request], Reply], subagent: Callable[[Request], Reply], mark: str
) -> Script:
    """Answer the conversation that holds the user's `mark` with `main`, all others as subagents."""
    return lambda request: main(request) if mark in request.text else subagent(request)


def turns(*replies: Reply) -> Callable[[Request], Reply]:
    """One reply after the other, by the number of tool results; the last one stays."""

    def script(request: Request) -> Reply:
        return replies[min(request.tool_results, len(replies) - 1)]

    return script


def dispatch(tools: Sequence[Tool], text: str = "All done.") -> Callable[[Request], Reply]:
    """Send out all of `tools` at once, then end."""

    def script(request: Request) -> Reply:
        return Reply(text) if request.tool_results else Reply("", tools)

    return script


def endless(usage: dict[str, int]) -> Callable[[Request], Reply]:
    """A tool loop without an end, but for ENOUGH."""

    def script(request: Request) -> Reply:
        if request.tool_results >= ENOUGH:
            return Reply("Nothing stopped me.", usage=usage)
        return Reply("", [bash(f"echo {request.tool_results}")], usage)

    return script


def is_goal_check(request: Request) -> bool:
    """Whether the client asks whether a `/goal` is reached: a judge's words, and no tools."""
    return '\\"ok\\"' in request.system and not request.body.get("tools")
