"""How the user pays: per token (`api`) or by subscription (`plan`), and what a cap does therefore.

Looked at only when a cap has something to say. The order is the client's own for credentials; no
file is written, no key is kept, and where nothing is found the answer is `api`, whose caps block.
"""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# A cloud's or a gateway's bill, by token.
CLOUDS = ("BEDROCK", "VERTEX", "FOUNDRY", "MANTLE", "GATEWAY", "ANTHROPIC_AWS")
_OFF = ("", "0", "false", "no", "off")


def kind(env: Mapping[str, str], settings: Mapping[str, object]) -> str:
    """`api` or `plan`: the setting `billing`, else what the credentials say, else `api`."""
    return recognise(env, settings)[0]


def recognise(env: Mapping[str, str], settings: Mapping[str, object]) -> tuple[str, str]:
    """`api` or `plan`, and what says so."""
    word = settings.get("billing")
    if word in ("api", "plan"):
        return str(word), "`billing` in config.toml"
    for cloud in CLOUDS:
        name = f"CLAUDE_CODE_USE_{cloud}"
        if env.get(name, "").lower() not in _OFF:
            return "api", name
    if env.get("ANTHROPIC_AUTH_TOKEN"):
        return "api", "ANTHROPIC_AUTH_TOKEN"
    state = _object(_state_file(env))
    key = env.get("ANTHROPIC_API_KEY", "")
    if key and not _refused(key, state, env):
        return "api", "ANTHROPIC_API_KEY"
    claude = paths.claude_dir(env)
    if _object(os.path.join(claude, "settings.json")).get("apiKeyHelper"):
        return "api", "apiKeyHelper in settings.json"
    if env.get("CLAUDE_CODE_OAUTH_TOKEN"):
        return "plan", "CLAUDE_CODE_OAUTH_TOKEN"
    if _object(os.path.join(claude, ".credentials.json")).get("claudeAiOauth"):
        return "plan", "the login in .credentials.json"
    if state.get("primaryApiKey"):
        return "api", "the key of a Console login"
    account = state.get("oauthAccount")
    if isinstance(account, dict):
        return _of_account(account)
    return "api", "no login found"


def _of_account(account: Mapping[str, object]) -> tuple[str, str]:
    """A Console organisation pays per token, though one logs in to it as to claude.ai."""
    kind = account.get("organizationType")
    if isinstance(kind, str) and kind and not kind.startswith("claude"):
        return "api", f"the login of an organisation of type {kind}"
    return "plan", "the login in .claude.json"


def _refused(key: str, state: Mapping[str, object], env: Mapping[str, str]) -> bool:
    """Whether the user told the interactive client not to use this key; `-p` uses it anyway."""
    answers = state.get("customApiKeyResponses")
    refused = answers.get("rejected") if isinstance(answers, dict) else None
    interactive = env.get("CLAUDE_CODE_ENTRYPOINT", "cli") == "cli"
    return interactive and isinstance(refused, list) and key[-20:] in refused


def _state_file(env: Mapping[str, str]) -> str:
    return os.path.join(env.get("CLAUDE_CONFIG_DIR") or paths.home(env), ".claude.json")


def _object(path: str) -> dict[str, object]:
    try:
        with open(path, "rb") as file:
            content = fastjson.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
