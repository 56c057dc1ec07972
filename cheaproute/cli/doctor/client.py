"""Claude Code: new enough, the plugin known to it, and no setting that takes its effect away."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.client import login, program
from cheaproute.client import settings as client_settings
from cheaproute.client.plugins import switches
from cheaproute.config import paths
from cheaproute.config.venv import spawn

# The first that starts hooks in exec form; older ones pass them over without a word.
OLDEST = (2, 1, 139)


def version(context: Context) -> Iterator[Finding]:
    """The client on PATH."""
    claude = program.find(context.env)
    if not claude:
        yield Finding(NOTE, "claude is not on PATH: its version was not checked")
        return
    try:
        said = subprocess.run(
            [claude, "--version"],
            env=spawn.allowed(context.env),
            cwd=os.sep,  # a version manager's shim goes by files of the working directory
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding(WARNING, f"claude --version fails: {error}", claude)
        return
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", said)
    if found is None:
        yield Finding(WARNING, f"claude --version says {said.strip()[:60]!r}", claude)
    elif tuple(map(int, found.groups())) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        yield Finding(
            FAULT,
            f"Claude Code {found[0]} skips the hooks: {oldest} starts them",
            claude,
            "run `claude update`",
        )
    else:
        yield Finding(OK, f"Claude Code {found[0]}", claude)


def registered(context: Context) -> Iterator[Finding]:
    """Whether sessions load the plugin. `--plugin-dir` leaves no trace, so absence is a warning."""
    for name, on, path in plugins(context):
        if on:
            yield Finding(OK, f"{name} is enabled", path)
        else:
            do = "run `claude plugin enable cheaproute`"
            yield Finding(WARNING, f"{name} is disabled", path, do)
        return
    do = f"run `{os.path.join(paths.ROOT, 'install.sh')}`"
    yield Finding(
        WARNING, "the plugin is not installed in Claude Code", paths.claude_dir(context.env), do
    )


def plugins(context: Context) -> Iterator[tuple[str, bool, str]]:
    """What settings say of the plugin: its name, whether it is on, and where; what counts first."""
    for path, content in _settings(context):
        enabled = content.get("enabledPlugins")
        for name, on in enabled.items() if isinstance(enabled, dict) else ():
            if name.startswith("cheaproute@"):
                yield name, bool(on), path


def settings(context: Context) -> Iterator[Finding]:
    """Settings and variables that work against the plugin."""
    variables = {name: (value, "environment") for name, value in context.env.items()}
    clean = True
    for path, content in _settings(context):
        own = content.get("env")
        if isinstance(own, dict):
            variables |= {name: (str(value), path) for name, value in own.items()}
        for finding in _keys(path, content, context):
            clean = False
            yield finding
    for finding in _variables(variables):
        clean = False
        yield finding
    if clean:
        yield Finding(OK, "no setting works against the plugin")


def _keys(path: str, content: dict[str, object], context: Context) -> Iterator[Finding]:
    if content.get("disableAllHooks") is True:
        yield Finding(FAULT, "disableAllHooks: no hook runs, so no cap holds", path, "remove it")
    if content.get("allowManagedHooksOnly") is True and path.startswith(
        client_settings.MANAGED_DIR
    ):
        do = "ask your administrator to allow the plugin"
        yield Finding(FAULT, "allowManagedHooksOnly: no plugin's hook runs", path, do)
    for name in switches.before_all(content.get("env")):
        what = f"{name} acts on each hook before it begins, and may let none begin"
        yield Finding(WARNING, what, path, "remove it, unless you put it there")
    models = content.get("availableModels")
    routed = context.section("routing").get("enabled", True)
    if routed and isinstance(models, list) and not any("haiku" in str(name) for name in models):
        do = "add haiku, or run `cheaproute config set routing.enabled false`"
        yield Finding(
            WARNING, "availableModels leaves out haiku: routing has nowhere to go", path, do
        )


def _variables(variables: dict[str, tuple[str, str]]) -> Iterator[Finding]:
    def said(name: str) -> str:
        return variables.get(name, ("", ""))[0]

    forced, default = "CLAUDE_CODE_SUBAGENT_MODEL_FORCE", "CLAUDE_CODE_SUBAGENT_MODEL"
    if login.on({forced: said(forced)}, forced):
        where = f"{forced}, {variables[forced][1]}"
        yield Finding(
            WARNING, "every subagent's model is forced: routing has no effect", where, "unset it"
        )
    if "haiku" in said(default):
        where = f"{default}, {variables[default][1]}"
        what = "subagents that are not routed run on Haiku, reasoning too"
        yield Finding(WARNING, what, where, "unset it: routing sends there what belongs there")
    name = login.cloud({name: value for name, (value, _) in variables.items()})
    if name:
        do = "set your own under [prices.overrides] in config.toml"
        yield Finding(
            NOTE, "amounts are Anthropic's list prices", f"{name}, {variables[name][1]}", do
        )


def _settings(context: Context) -> Iterator[tuple[str, dict[str, object]]]:
    """Claude Code's settings files that exist here, strongest first."""
    for layer in client_settings.layers(context.env, os.getcwd()):
        if layer.content:
            yield layer.path, layer.content
