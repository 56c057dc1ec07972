"""Which way delegated calls go, and why: `delegate.backend`, or what is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cheaproute.client import login
from cheaproute.client import program as client
from cheaproute.config import paths
from cheaproute.delegate.backends.request import Backend, NoCredentials
from cheaproute.errors import DelegationError

# What the SDK reads from the environment, in the client's own order.
_VARIABLES = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_PROFILE")


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
    program = client.find(env)
    if wanted == "api":
        return Choice("api", "`delegate.backend` says so")
    if wanted == "claude":
        if program:
            return Choice("claude", "`delegate.backend` says so", program)
        return Choice("", "`delegate.backend` is claude, and `claude` is not on PATH")
    elsewhere = login.cloud(env)
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

        return Api(env)
    if choice.name == "claude":
        from cheaproute.delegate.backends.claude_cli import Claude

        place = os.path.join(paths.data_dir(env), "headless")
        return Claude(choice.program, env, place, alias="haiku" if login.cloud(env) else "")
    raise NoCredentials(f"no credentials: {choice.why}: set ANTHROPIC_API_KEY")


def credential(env: Mapping[str, str]) -> str:
    """Where the SDK would find a credential, as a line; "" if nowhere."""
    for name in _VARIABLES:
        value = env.get(name)
        if value and not (name == "ANTHROPIC_API_KEY" and login.refused(env, value)):
            return f"{name} is set"
    place = env.get("ANTHROPIC_CONFIG_DIR") or os.path.join(paths.home(env), ".config", "anthropic")
    if not os.path.isdir(os.path.join(place, "configs")):
        return ""
    # A profile may or may not hold something to log in with: only the SDK knows.
    from cheaproute.delegate.backends.sdk import Api

    try:
        _ = Api(env).client
    except DelegationError:
        return ""
    return f"a profile in {place}"
