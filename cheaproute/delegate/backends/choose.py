"""Which way delegated calls go, and why: `delegate.backend`, or what is there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from cheaproute.config import paths
from cheaproute.delegate.backends.request import Backend, NoCredentials
from cheaproute.errors import DelegationError

# What the SDK reads from the environment.
_VARIABLES = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")


# By these Claude Code talks to a cloud's API, and a digest goes where the session goes only.
_CLOUDS = (
    "BEDROCK",
    "VERTEX",
    "FOUNDRY",
    "MANTLE",
    "ANTHROPIC_AWS",
    "ANTHROPIC_GOOGLE_CLOUD",
    "GATEWAY",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """`name` is `api`, `claude`, or "" where nothing works; `why` is one line for the user."""

    name: str
    why: str
    program: str = ""


def choose(env: Mapping[str, str], wanted: str) -> Choice:
    """The backend for `wanted`, the setting `delegate.backend` (`auto`, `api` or `claude`).

    It looks at what is there without a call to anybody. `api` when wanted is not questioned.
    """
    program = client(env)
    if wanted == "api":
        return Choice("api", "`delegate.backend` says so")
    if wanted == "claude":
        if program:
            return Choice("claude", "`delegate.backend` says so", program)
        return Choice("", "`delegate.backend` is claude, and `claude` is not on PATH")
    elsewhere = cloud(env)
    found = "" if elsewhere else credential(env)
    if found:
        return Choice("api", found)
    reason = f"{elsewhere} is set" if elsewhere else "no API credentials"
    if program:
        return Choice("claude", f"{reason}, and {program} is there", program)
    return Choice("", f"{reason}, and `claude` is not on PATH")


def build(choice: Choice, env: Mapping[str, str]) -> Backend:
    """The backend of `choice`.

    Raises:
        NoCredentials: nothing works.
    """
    if choice.name == "api":
        from cheaproute.delegate.backends.sdk import Api

        return Api()
    if choice.name == "claude":
        from cheaproute.delegate.backends.claude_cli import Claude

        place = os.path.join(paths.data_dir(env), "headless")
        return Claude(choice.program, env, place, alias="haiku" if cloud(env) else "")
    raise NoCredentials(f"no credentials: {choice.why}: set ANTHROPIC_API_KEY")


def credential(env: Mapping[str, str]) -> str:
    """Where the SDK would find a credential, as a line; "" if nowhere."""
    for name in _VARIABLES:
        if env.get(name) and not (name == "ANTHROPIC_API_KEY" and _rejected(env)):
            return f"{name} is set"
    place = env.get("ANTHROPIC_CONFIG_DIR") or os.path.join(paths.home(env), ".config", "anthropic")
    if not os.path.isdir(os.path.join(place, "configs")):
        return ""
    # A profile may or may not hold something to log in with: only the SDK knows.
    from cheaproute.delegate.backends.sdk import Api

    try:
        _ = Api().client
    except DelegationError:
        return ""
    return f"a profile in {place}"


def cloud(env: Mapping[str, str]) -> str:
    """The variable that sends Claude Code to another provider's API, "" if none does."""
    names = (f"CLAUDE_CODE_USE_{name}" for name in _CLOUDS)
    off = ("", "0", "false", "no", "off")
    return next((name for name in names if env.get(name, "").lower() not in off), "")


def client(env: Mapping[str, str]) -> str:
    """The path of Claude Code: the one on PATH, else the one we run below; "" if neither."""
    found = shutil.which("claude", path=env.get("PATH", ""))
    if found:
        return found
    try:
        running = os.readlink(f"/proc/{int(env.get('CLAUDE_PID', ''))}/exe")
    except (OSError, ValueError):
        return ""
    return running if os.path.basename(running).startswith("claude") else ""


def _rejected(env: Mapping[str, str]) -> bool:
    """Whether the user told Claude Code not to use the key in the environment."""
    place = env.get("CLAUDE_CONFIG_DIR") or paths.home(env)
    try:
        with open(os.path.join(place, ".claude.json"), encoding="utf-8") as file:
            answers = json.load(file).get("customApiKeyResponses") or {}
        return env["ANTHROPIC_API_KEY"][-20:] in answers.get("rejected", [])
    except (OSError, ValueError, AttributeError):
        return False
