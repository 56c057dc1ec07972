"""What the module says and tells where the brain is not heard, in Node: the engine is played."""

from __future__ import annotations

import pytest

from tests.plugin.test_module_figure import run

# One step of the main loop: what it was answered.
STEP = """
const questions = []
const step = async () => {
  const said = []
  const next = async function* () { return { answer: "Done.", toolUses: [], usage: null } }
  const e = { turnId: "t", index: 0, model: "m", messages: [], prompt: "x" }
  const stream = on["turn.step"]($, e, next)
  for (let one = await stream.next(); ; one = await stream.next()) {
    said.push(one.value)
    if (one.done) return JSON.stringify(said)
  }
}
"""


def test_what_nobody_judged_is_refused_with_its_cause_and_told() -> None:
    """What was left is spent: why, and what to do next; the brain hears of it once."""
    told = run(
        STEP
        + """
let heard = true
brain = question => {
  if (!heard) throw new Error("no process")
  questions.push([question.hook_event_name, question.barred, question.barred_by])
  return { left: 0, grant: null }
}
await begin(true)
await settled()
await step()
heard = false
const refused = await step()
heard = true
const { now } = Date
Date.now = () => now() + 60_000
questions.length = 0
await step()
await step()
await settled()
console.log(JSON.stringify({ refused, questions }))
"""
    )
    assert isinstance(told, dict)
    assert "could not be checked (hooks/run could not be started), and this" in told["refused"]
    assert "Send the prompt again" in told["refused"]
    assert [one[1:] for one in told["questions"] if one[1]] == [
        [1, "hooks/run could not be started"]
    ]


@pytest.mark.parametrize(
    ("others_micros", "left", "refused"),
    [
        (10, 500_000, False),
        (600, 500_000, True),
        (10, 5_000, True),
    ],
)
def test_sessions_unheard_side_by_side_share_what_was_left(
    others_micros: int, left: int, *, refused: bool
) -> None:
    """What others keep is off what this one was told, all of it off the last word to any."""
    told = run(
        STEP
        + f"""
let heard = true
brain = () => {{
  if (!heard) throw new Error("no process")
  return {{ left: 500_000, grant: null }}
}}
const others = [{{ request_id: "a", cost_usd_micros: {others_micros} }}]
const bound = {{ session: null, left: {left}, until_ms: 1e15, whole: 1e15 }}
const kept = {{ "pending.other": others, bound }}
await begin(true)
await settled()
await step()
$.store = {{ ...$.store, keys: async () => Object.keys(kept), get: async key => kept[key] }}
heard = false
console.log(JSON.stringify(await step()))
"""
    )
    assert ("could not be checked" in str(told)) == refused


def test_a_turns_end_tells_which_agents_are_at_work() -> None:
    """One that waits for what it has in the background is; a client without the list has none."""
    told = run(
        """
const working = []
brain = question => {
  if (question.hook_event_name === "ModTurnEnd") working.push(question.working)
  return { note: true }
}
await begin(true)
await settled()
const end = async () => {
  await on["turn.complete"]($, { turnId: "t", reason: "completed" }, async () => ({}))
  await new Promise(done => setTimeout(done, 1500))
}
await end()
$.agent = { list: async () =>
  ["running", "waiting", "completed", "killed"].map(status => ({ id: status, status })) }
await end()
console.log(JSON.stringify(working))
"""
    )
    assert told == [[], ["running", "waiting"]]
