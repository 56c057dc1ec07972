"""The line below the prompt, by the module itself in Node: the engine and the brain are played."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from tests.conftest import ROOT

MODULE = os.path.join(ROOT, "hooks", "mod.js")
# An engine whose brain answers what `brain` says; who hears what is in `on`.
ENGINE = """
let brain = () => ({}), asked = [], drawn = 0
const on = {}
register((name, narrowed, handler) => {
  on[narrowed?.component ?? name] ??= handler ?? narrowed
  return { catch: () => undefined }
}, {})
const $ = {
  plugin: { root: "/plugin", name: "cheaproute" },
  clock: { after: (ms, then) => {
    const timer = setTimeout(then, ms)
    return { cancel: () => clearTimeout(timer) }
  } },
  session: {
    id: async () => "s", cwd: async () => "/", version: async () => "2.1.332",
    model: async () => "m", usage: async () => ({ context: {}, cost: { usd: 0 } }),
    info: async () => ({ transcriptPath: "" }),
  },
  store: { get: async () => {}, set: async () => {}, delete: async () => {}, keys: async () => [] },
  state: { get: async () => ({ version: 0 }), set: async () => ({ isSet: true, version: 1 }) },
  fs: { stat: async () => ({ mtimeMs: 1, size: 1 }), write: async () => {} },
  command: { register: async () => {} },
  http: { fetch: async () => ({ text: "" }) },
  ui: { log: () => {}, invalidate: () => { drawn += 1 } },
  process: { run: async (argv, { stdin }) => {
    if (argv[1] !== "mod") return { stdout: "" }
    const question = JSON.parse(stdin)
    asked.push(question.hook_event_name)
    const usual = { enabled: true, booked: true, closed: false, asks: "agents" }
    return { stdout: JSON.stringify({ ...usual, ...brain(question) }) }
  } },
}
const settled = async () => { for (let n = 0; n < 50; n++) await new Promise(setImmediate) }
const line = async () => {
  const next = async e => e.props.text
  return on.StatusLine($, { props: { text: null } }, next)
}
const submit = said => on["classic.UserPromptSubmit"](
  $, { prompt: "hello", session_id: "s", cwd: "/" }, async () => said,
)
const begin = async isInteractive => on["session.start"]($, { isInteractive }, async () => ({}))
"""


def run(code: str) -> object:
    """What `code` says with the engine above."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node")
    head = f"import {{ register }} from {json.dumps(MODULE)};{ENGINE}"
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "-e", head + code + ";process.exit(0)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("passes", ["", "user_prompt_submit post_tool_batch"])
@pytest.mark.parametrize("attended", [True, False])
def test_a_refused_prompt_brings_the_line_up_to_date(passes: str, *, attended: bool) -> None:
    """A cap that was set elsewhere is known to the hook that refuses; so it is shown below.

    Whether the hook was to be passed by or not; where no line is shown, nothing is asked for it.
    """
    said = run(f"""
    let now = "month $5.00"
    brain = question => ({{
      pass: "/p", passes: {json.dumps(passes)}, held: false,
      ...(["ModStart", "ModBook"].includes(question.hook_event_name) && {{ status: now }}),
    }})
    await begin({json.dumps(attended)})
    const before = await line()
    await settled()
    now = "month $5.00 of $1.00 (500 %) cap reached"
    asked = []
    drawn = 0
    const refused = await submit({{ block: "reached" }})
    await settled()
    const booked = asked.filter(one => one === "ModBook").length
    console.log(JSON.stringify([before, await line(), drawn > 0, refused.block, booked]))
    """)
    now = "month $5.00 of $1.00 (500 %) cap reached" if attended else "month $5.00"
    assert said == ["month $5.00", now, attended, "reached", int(attended)]


def test_a_prompt_that_goes_on_asks_for_no_figure() -> None:
    """Its turn's end brings it."""
    said = run("""
    brain = () => ({ status: "month $5.00", passes: "" })
    await begin(true)
    await settled()
    asked = []
    await submit({})
    await settled()
    console.log(JSON.stringify(asked))
    """)
    assert said == []
