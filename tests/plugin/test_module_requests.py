"""What the module does with a request and its answer, in Node: engine and API are played."""

from __future__ import annotations

import json

import pytest

from tests.plugin.test_module_figure import run

# The client's own request for `text`, which is answered with the id `id`; and what the brain hears.
SENT = """
const told = []
const hears = question => { told.push(...(question.calls ?? [])); return {} }
brain = hears
const next = id => Object.assign(
  async () => ({ value: { ok: true, status: 200, headers: { "request-id": id } } }),
  { origin: { plugin: "engine" } },
)
const send = (text, id, more = {}) => {
  const body = JSON.stringify({ model: "m", text, stream: true, ...more })
  return on["http.fetch"]($, { url: "https://api/v1/messages", init: { body } }, next(id))
}
const log = (event, request_id) => on["telemetry.log"](
  $, { event, loggedAt: "2026-11-28T10:00:00Z", attributes: { request_id, model: "m" } },
  async () => undefined,
)
const counted = async () => {
  await new Promise(done => setTimeout(done, 400))
  await settled()
  return told.filter(one => one.gave_up).map(one => one.request_id)
}
await begin(false)
"""


@pytest.mark.parametrize(
    ("then", "counts"),
    [
        ('await send("a", "r2")', ["r1"]),
        ('await send("a", "r2"); await send("a", "r3")', ["r1", "r2"]),
        ('await log("api_error", "r1")', ["r1"]),
        ('await log("api_error", "")', []),
        ('await log("api_request", "r1"); await send("a", "r2")', []),
        ('await send("b", "r2")', []),
        ('await send("a", "r2", { stream: false })', []),
    ],
)
def test_an_answer_that_broke_off_counts_for_the_caps(then: str, counts: list[str]) -> None:
    """Where the very same is asked again, or the client gives up; not where it has its record."""
    assert (
        run(f"""{SENT}
    await send("a", "r1")
    {then}
    console.log(JSON.stringify(await counted()))
    """)
        == counts
    )


@pytest.mark.parametrize("refuses", [True, False])
def test_a_tool_whose_judge_was_refused_is_refused(*, refuses: bool) -> None:
    """The client would let it run; what was there before it is no matter."""
    said = run(f"""{SENT}
    const refuse = question =>
      question.hook_event_name === "ModGate" ? {{ denies: ["[cheaproute] full"] }} : {{}}
    brain = refuse
    await send("earlier", "r1")
    await new Promise(done => setTimeout(done, 5))
    brain = {"refuse" if refuses else "hears"}
    const judge = async () => {{ await send("judge", "r2"); return {{}} }}
    console.log(JSON.stringify(await on["classic.PreToolUse"]($, {{ tool_use_id: "t" }}, judge)))
    """)
    assert said == ({"deny": "[cheaproute] full"} if refuses else {})


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        ("The operation was aborted.", 1),  # Esc, in its first second too
        ("socket connection was closed", 0),
        ("connect ECONNREFUSED 127.0.0.1:1", 0),
    ],
)
def test_a_request_that_a_person_gives_up_counts_at_once(error: str, counts: int) -> None:
    """It has left, and may be billed; what failed at once by itself has not, as far as one sees."""
    assert (
        run(f"""{SENT}
    const fails = async () => {{ throw new Error("{error}") }}
    const failing = Object.assign(fails, {{ origin: {{ plugin: "engine" }} }})
    const init = {{ body: JSON.stringify({{ model: "m", text: "a", stream: true }}) }}
    await on["http.fetch"]($, {{ url: "https://api/v1/messages", init }}, failing).catch(() => {{}})
    console.log(JSON.stringify((await counted()).length))
    """)
        == counts
    )


@pytest.mark.parametrize("refuses", [True, False])
def test_a_prompt_whose_judge_was_refused_goes_no_further(*, refuses: bool) -> None:
    """The user's own hook would have had a word in it."""
    said = run(f"""{SENT}
    const refuse = question =>
      question.hook_event_name === "ModGate" ? {{ denies: ["[cheaproute] full"] }} : {{}}
    brain = {"refuse" if refuses else "hears"}
    const judge = async () => {{ await send("judge", "r2"); return {{}} }}
    const prompt = {{ prompt: "Do it." }}
    console.log(JSON.stringify(await on["classic.UserPromptSubmit"]($, prompt, judge)))
    """)
    assert said == ({"block": "[cheaproute] full"} if refuses else {})


def test_a_tool_whose_judge_still_waits_at_the_gate_is_refused() -> None:
    """The client gave the hook up, and would let the tool run unjudged."""
    said = run(f"""{SENT}
    const never = new Promise(() => {{}})
    const usual = $.process.run
    $.process.run = (argv, more) =>
      JSON.parse(more.stdin || "{{}}").hook_event_name === "ModGate" ? never : usual(argv, more)
    const judge = async () => {{
      void send("judge", "r2")
      await new Promise(done => setTimeout(done, 50))
      return {{}}
    }}
    const other = async () => ({{}})
    const denied = await on["classic.PreToolUse"]($, {{ tool_use_id: "t" }}, judge)
    const later = await on["classic.PreToolUse"]($, {{ tool_use_id: "u" }}, other)
    console.log(JSON.stringify([denied.deny ?? "", later]))
    """)
    assert isinstance(said, list)
    assert said[0].startswith("[cheaproute] Not run: a hook of yours")
    assert said[1] == {}


@pytest.mark.parametrize(
    ("grant", "changed", "asked"),
    [
        ({"any": True, "nano": 10**15, "seconds": 300, "loops": {}}, False, []),
        ({"any": True, "nano": 10**15, "seconds": 300, "loops": {}}, True, ["ModGate"]),
        ({"nano": 10**9, "seconds": 60, "loops": {}}, False, ["ModTurn", "ModGate"]),
    ],
)
def test_a_leave_of_which_nothing_is_set_aside_outlives_its_turn(
    grant: dict[str, object], changed: bool, asked: list[str]
) -> None:
    """Where no cap stops anything a prompt asks nothing, unless a file of limits is another."""
    told = run(f"""
    brain = () => ({{ grant: {json.dumps(grant)}, files: ["/caps.json"] }})
    const next = Object.assign(
      async () => ({{ value: {{ ok: true, status: 200, headers: {{ "request-id": "r" }} }} }}),
      {{ origin: {{ plugin: "engine" }} }},
    )
    const init = {{ body: JSON.stringify({{ model: "m", stream: true }}) }}
    const turn = async n => {{
      await submit({{}})
      await on["turn.start"]($, {{ turnId: String(n), text: "hello" }}, async () => undefined)
      await on["http.fetch"]($, {{ url: "https://api/v1/messages", init }}, next)
      await on["turn.complete"]($, {{ turnId: String(n) }}, async () => undefined)
      await settled()
    }}
    await begin(false)
    const pause = () => new Promise(done => setTimeout(done, 300))
    await turn(1)
    await pause()
    await turn(2) // the brain's first word named the files
    await pause()
    asked = []
    if ({json.dumps(changed)}) $.fs.stat = async () => ({{ mtimeMs: 2, size: 1 }})
    await turn(3)
    console.log(JSON.stringify(asked.filter(one => one !== "ModBook")))
    """)
    assert told == asked
