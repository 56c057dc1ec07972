"""Another model's request that comes to nothing: a failure only where the own model answers."""

from __future__ import annotations

import pytest

from tests.plugin.test_module_figure import run


@pytest.mark.parametrize("answers", [True, False])
def test_what_a_person_breaks_off_is_no_failure_of_the_model(*, answers: bool) -> None:
    """Then the same asked of the own model comes to nothing, too, and Haiku does not rest."""
    said = run(f"""
    const told = []
    brain = question => {{
      told.push(question.hook_event_name)
      const isStep = question.hook_event_name === "ModStep"
      return isStep ? {{ model: "claude-haiku-5-5" }} : {{ asks: "main agents" }}
    }}
    const nothing = {{ answer: "", toolUses: [], stopReason: null, usage: null }}
    const done = {{ ...nothing, answer: "Done.", stopReason: "end_turn", usage: {{}} }}
    const next = async function* (e) {{
      yield {{ kind: "engine" }}
      if (e.model !== "m" || !{str(answers).lower()}) return nothing
      yield {{ kind: "text", text: "Done." }}
      return done
    }}
    await begin(true)
    const e = {{ turnId: "t", index: 0, model: "m", messages: [], prompt: "x" }}
    const chunks = []
    for await (const one of on["turn.step"]($, e, next)) chunks.push(one.kind)
    await settled()
    console.log(JSON.stringify([told.includes("ModStep"), told.includes("ModFailed"), chunks]))
    """)
    assert said == [True, answers, ["engine", "text"] if answers else ["engine"]]
