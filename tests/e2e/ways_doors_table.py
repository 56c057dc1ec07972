"""What a program, another module, a flag or a place may bring: what a stranger thought of."""

from __future__ import annotations

from tests.api import Reply, Request
from tests.e2e import ways_fresh_played as played
from tests.e2e.session import Machine
from tests.e2e.ways import LOOK, MARK, Answers, Way, loop
from tests.e2e.ways_fresh import DOT, text
from tests.e2e.ways_fresh_played import (
    command,
    control,
    each,
    elsewhere,
    moded,
    prompt,
    runs,
    then,
    together,
    told,
)

OFF = {"disableAllHooks": True}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DOT}}
SHOWN = [{"type": "text", "text": MARK}, PICTURE]
LOOSER = (
    "cheaproute cap raise 100", "/cheaproute cap raise 100", "/cheaproute:costs cap raise 100",
    "cheaproute cap finish 50", MARK, MARK,
)  # fmt: skip
TYPED = [prompt(words, origin={"kind": "composer"}) for words in LOOSER]
FEEDBACK = (
    control("submit_feedback", description="bad", text="bad"), control("rename_session"),
    control("export_conversation"), control("get_usage"),
)  # fmt: skip
ASKS = """
on("turn.complete", async ($, e, next) => {
  const told = await next(e)
  for (let n = 0; n < 5; n++) await $.model.%s({model: "sonnet", prompt: "ASK " + n, maxTokens: 20})
  return told
})"""
SPAWNS = """
on("turn.complete", async ($, e, next) => {
  const told = await next(e)
  if (!e.agentId) for (let n = 0; n < 5; n++) await $.agent.spawn({prompt: "A", description: "x"})
  return told
})"""
TWICE = 'on("http.fetch", async ($, e, next) => { await next(e); return next(e) })'
ANSWERS = """
on("process.run", async () => ({value: {code: 0, exitCode: 0, stdout: "{}", stderr: ""}}))"""
ONE = "11111111-2222-4333-8444-555555555555"
LONG = "/".join(["long" * 40] * 6)


def looks(machine: Machine) -> Answers:
    """One plain answer to all but the client's looks whether there is a model."""

    def answer(request: Request) -> Reply:
        return (
            Reply("A", usage=LOOK)
            if request.body.get("max_tokens") == 1
            else text(machine)(request)
        )

    return answer


NAMED = [
    row
    for n in range(6)
    for row in (control("set_model", model=f"our-own-{n}"), prompt(f"{MARK} {n}"))
]
DOORS = [
    Way("program: interrupts", loop(), play=told(*each(8, control("interrupt")), pause_s=1.2)),
    Way("program: unknown models", looks, play=told(*NAMED)),
    Way("program: unknown models, a dear word", text, play=told(*NAMED)),
    Way("program: flags that switch off", text, play=told(
        prompt(), control("apply_flag_settings", settings=OFF), *each(4), pause_s=2)),
    Way("program: settings that switch off", text, play=told(
        prompt(), control("update_settings", source="localSettings", settings=OFF), *each(4))),
    Way("program: another folder", text, play=told(
        *each(5, control("set_cwd", cwd="/tmp", path="/tmp")))),  # noqa: S108
    Way("program: forks to compare", text, play=told(
        *each(4, control("comparison_fork", turn=1, prompt="x", model="opus")))),
    Way("program: context, cost", text, play=told(
        *each(4, control("get_context_usage"), control("get_session_cost")))),
    Way("program: plugins again", text, play=told(*each(5, control("reload_plugins")))),
    Way("program: suggestions", text, play=told(
        control("initialize", promptSuggestions=True, agentProgressSummaries=True), *each(5))),
    Way("program: pictures", text, play=told(*[prompt(SHOWN)] * 5)),
    Way("program: half a character", text, play=told(*[prompt(f"{MARK} \ud800")] * 5)),
    Way("program: as if typed", text, play=told(*each(3), *TYPED)),
    Way("program: as if by itself", text, play=told(
        *[prompt(isSynthetic=True, isMeta=True)] * 6)),
    Way("program: feedback, names", text, play=told(*each(3), *FEEDBACK)),
    Way("program: tasks", text, play=told(
        prompt(), control("background_tasks"), control("start_shell_task", command="echo 1"),
        *each(3))),
    Way("program: servers set", text, play=told(*each(4, control("mcp_set_servers", servers={})))),
    Way("in the background", loop(), play=played.in_background),
    Way("rules criticised", text, play=then(runs(3), command("auto-mode", "critique"))),
    Way("a plugin's evaluation", text, play=then(
        runs(3), command("plugin", "eval", "p", "--trust-plugin"))),
    Way("a socket in place of a host", loop(), play=played.socketed),
    Way("two versions at once", loop(), play=played.versions),
    Way("one session in two clients", loop(), play=then(
        together(*[runs(1, "--session-id", ONE)] * 2), together(*[runs(1, "--resume", ONE)] * 3))),
    Way("a folder of no UTF-8", loop(), play=runs(3, at=b"p\xff\xfe")),
    Way("a very long folder", loop(), play=runs(3, at=LONG)),
    Way("a folder with a line's end", loop(), play=runs(3, at="a\nb 'c\" $(d)")),
    Way("homes by links", text, play=elsewhere("HOME", played.linked)),
    Way("relative places", text, play=elsewhere(
        "CLAUDE_CONFIG_DIR", lambda _machine, number: f"cfg{number}")),
    Way("--restricted", loop(), ("--restricted",)),
    Way("--tools Bash, own prompt", loop(), ("--tools", "Bash", "--system-prompt", "Go.")),
    Way("--prompt-suggestions", text, play=runs(5, "--prompt-suggestions", "--continue")),
    Way("four continue one", text, play=together(*[runs(2, "--continue")] * 4)),
    Way("module: asks a model", text, play=moded(ASKS % "complete")),
    Way("module: forks", text, play=moded(ASKS % "fork")),
    Way("module: classifies", text, play=moded(ASKS % "classify")),
    Way("module: sends twice", loop(), play=moded(TWICE)),
    Way("module: answers for our brain", loop(), play=moded(ANSWERS)),
    Way("module: starts agents", text, play=moded(SPAWNS)),
]  # fmt: skip
