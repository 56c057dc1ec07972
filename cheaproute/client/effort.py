"""Whether a person chose how hard the model thinks: then it is theirs (hot path)."""

from __future__ import annotations

from cheaproute.client import command_line, settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# From this client on a module is told which effort an agent has of its own.
TELLS_OF_AGENTS = (2, 1, 330)
_VARIABLES = ("CLAUDE_CODE_EFFORT_LEVEL", "CLAUDE_CODE_SUBAGENT_EFFORT")
_OPTION, _KEY, _BY_MODEL = "--effort", "effortLevel", "modelSettings"


def is_chosen(env: Mapping[str, str], cwd: str) -> bool:
    """Whether anything that outlives a session names a level; True where that cannot be told."""
    words = command_line.command()
    if not words or command_line.is_led(words):
        return True
    if any(word.partition("=")[0] == _OPTION for word in words):
        return True
    if any(env.get(name) for name in _VARIABLES):
        return True
    return any(_names_one(layer.content) for layer in settings.layers(env, cwd))


def tells_of_agents(version: str) -> bool:
    """Whether the client of `version` tells a module of an agent's own effort."""
    return command_line.is_since(version, TELLS_OF_AGENTS)


def _names_one(content: dict[str, object] | None) -> bool:
    if content is None or _KEY in content:
        return True
    if any(settings.variables(content).get(name) for name in _VARIABLES):
        return True
    by_model = content.get(_BY_MODEL, {})
    if not isinstance(by_model, dict):
        return True
    return any(not isinstance(one, dict) or _KEY in one for one in by_model.values())
