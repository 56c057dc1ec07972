"""How the user pays: per token (`api`), or by a subscription that only limits (`plan`)."""

from __future__ import annotations

import json
import os

from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# With one of these Claude Code bills per token, whatever login there is besides.
# https://code.claude.com/docs/en/authentication (precedence of credentials)
API_VARIABLES = (
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_API_KEY",
)


def kind(env: Mapping[str, str], settings: Mapping[str, object]) -> str:
    """`api` or `plan`: the config's word, else what the credentials say, else `api`."""
    return recognise(env, settings)[0]


def recognise(env: Mapping[str, str], settings: Mapping[str, object]) -> tuple[str, str]:
    """`api` or `plan`, and by what it was recognised."""
    word = settings.get("billing")
    if word in ("api", "plan"):
        return str(word), "billing in config.toml"
    for name in API_VARIABLES:
        if env.get(name):
            return "api", name
    directory = paths.claude_dir(env)
    if "apiKeyHelper" in _object(os.path.join(directory, "settings.json")):
        return "api", "apiKeyHelper in Claude Code's settings"
    if env.get("CLAUDE_CODE_OAUTH_TOKEN"):
        return "plan", "CLAUDE_CODE_OAUTH_TOKEN"
    if "claudeAiOauth" in _object(os.path.join(directory, ".credentials.json")):
        return "plan", "a Claude login"
    beside = directory if env.get("CLAUDE_CONFIG_DIR") else paths.home(env)
    if _object(os.path.join(beside, ".claude.json")).get("oauthAccount"):
        return "plan", "a Claude login"
    return "api", "no Claude login found"


def _object(path: str) -> dict[str, object]:
    """The JSON object in the file, {} if there is none."""
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
