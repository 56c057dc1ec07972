"""What wins over the user's settings.json: no step goes against an organization or a variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cheaproute.routing import resolve

# Claude Code's settings that steps write.
WINDOW, TTL, AGENT_TTL, IDLE = (
    "autoCompactWindow", "promptCacheTtl", "subagentPromptCacheTtl", "idleCompaction",
)  # fmt: skip
# Among the settings in force: the keys that an organization sets, and who pays (`api`, `plan`).
MANAGED, BILLING = "(managed)", "(billing)"
WINDOW_VARIABLE, PERCENT_VARIABLE = (
    "CLAUDE_CODE_AUTO_COMPACT_WINDOW", "CLAUDE_AUTOCOMPACT_PCT_OVERRIDE",
)  # fmt: skip
FIVE_MINUTES = "FORCE_PROMPT_CACHING_5M"
# Variables of Claude Code's that win over a setting of the same.
OVER: Mapping[str, Sequence[str]] = {
    WINDOW: (WINDOW_VARIABLE, PERCENT_VARIABLE),
    TTL: (FIVE_MINUTES, "CLAUDE_CODE_PROMPT_CACHE_TTL"),
    AGENT_TTL: (FIVE_MINUTES, "CLAUDE_CODE_SUBAGENT_PROMPT_CACHE_TTL"),
}
_NO_COMPACTION = ("DISABLE_COMPACT", "DISABLE_AUTO_COMPACT")
VARIABLES = sorted({*_NO_COMPACTION, *(one for many in OVER.values() for one in many)})

Client = Mapping[str, object]


def variable(client: Client, name: str) -> str:
    """The value of a variable, by the user's settings or by the shell; "" where it is unset."""
    return str(client.get(f"env.{name}") or "").strip()


def is_on(client: Client, name: str) -> bool:
    """Whether a variable that is a switch is on, as Claude Code reads it."""
    return variable(client, name).lower() in ("1", "true", "yes", "on")


def by(key: str, client: Client) -> str:
    """Who decides the setting, whatever the user's file says; "": the user's file does."""
    managed = client.get(MANAGED)
    if isinstance(managed, Sequence) and key in managed:
        return "your organization's settings"
    return next((name for name in OVER.get(key, ()) if variable(client, name)), "")


def compacts(client: Client) -> bool:
    """Whether Claude Code compacts by itself, so that anything can be said of when."""
    off = client.get("autoCompactEnabled") is False
    return not off and not any(is_on(client, name) for name in _NO_COMPACTION)


def keeps(client: Client) -> tuple[str, ...]:
    """The models of the main loop that the user wants left alone."""
    found = client.get("routing.main_keep")
    return tuple(str(one) for one in found) if isinstance(found, Sequence) else ()


def runs(alias: str, model: str, client: Client) -> bool:
    """Whether the lists of models let a main loop run on this one."""
    return resolve.is_available(alias, model, [client.get("availableModels")])


def sentences(client: Client) -> Iterator[str]:
    """What is decided, in a sentence each."""
    for key in (WINDOW, TTL, AGENT_TTL, IDLE):
        if who := by(key, client):
            yield f"{key} is decided by {who}, so no step changes it"
    if not compacts(client):
        yield "automatic compaction is off in Claude Code, so no step is about when it happens"
