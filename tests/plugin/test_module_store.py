"""What the module has the client keep, by the module itself in Node: the store is played."""

from __future__ import annotations

from tests.plugin.test_module_figure import run

# A store whose writes are at an end when the test says so.
STORE = """
let begun = []
const write = key => new Promise(end => { begun.push([key, end]) })
const get = async key => (key === "closed" ? false : undefined) // as an earlier session left it
$.store = { get, keys: async () => ["closed"], set: write, delete: write }
const finish = async (but = "") => {
  for (let n = 0; n < 9; n++) {
    for (const [key, end] of begun) if (key !== but) end()
    begun = begun.filter(([key]) => key === but)
    await settled()
  }
}
"""


def test_a_store_that_takes_no_write_holds_up_no_start() -> None:
    """A client that was killed amid a write left its lock; the brain is asked all the same."""
    said = run(f"""{STORE}
    $.clock.after = () => ({{ cancel: () => undefined }}) // no limit comes to the rescue
    const start = begin(false)
    await settled()
    const held = begun.length > 0
    console.log(JSON.stringify([asked, held, await Promise.race([start, "waits"])]))
    """)
    assert said == [["ModStart"], True, {}]


def test_a_session_ends_when_what_it_keeps_is_kept() -> None:
    """A client that ends amid a write leaves a lock, for which the next session would wait."""
    said = run(f"""{STORE}
    brain = () => ({{ bound: {{ left: 5, whole: 9, until_ms: 1 }} }})
    void begin(false)
    await finish("bound")
    let ended = false
    const end = on["session.end"]($, {{}}, async () => ({{}})).then(() => {{ ended = true }})
    await finish("bound")
    const before = ended
    await finish()
    console.log(JSON.stringify([before, ended]))
    """)
    assert said == [False, True]


def test_what_may_be_spent_alone_is_kept_where_it_is_news() -> None:
    """Each write is one that every session of the machine waits for."""
    said = run("""
    const kept = []
    const write = async (key, value) => { kept.push([key, value?.left]) }
    $.store = { ...$.store, set: write, delete: write }
    let left = null
    brain = () => ({ bound: left && { left, whole: 9, until_ms: 1 } })
    for (const one of [null, 5, 5, 4, null, null]) {
      left = one
      await begin(false)
      await settled()
    }
    const bounds = kept.filter(([key]) => key === "bound").map(([, left]) => left ?? 0)
    console.log(JSON.stringify(bounds))
    """)
    assert said == [5, 4, 0]


def test_what_changes_while_it_is_looked_up_is_kept() -> None:
    """Two answers meanwhile: the last one's word stands, also where it takes the first's away."""
    said = run("""
    const kept = [], looked = []
    const write = async (key, value) => { kept.push([key, value?.left]) }
    const slow = new Promise(end => { looked.push(end) })
    const get = async key => (key === "bound" ? slow : undefined)
    $.store = { ...$.store, get, set: write, delete: write }
    brain = () => ({ bound: { left: 5, whole: 9, until_ms: 1 } })
    await begin(false)
    brain = () => ({ bound: null })
    await begin(false)
    looked[0]()
    await settled()
    const bounds = kept.filter(([key]) => key === "bound").map(([, left]) => left ?? 0)
    console.log(JSON.stringify(bounds))
    """)
    assert said == [5, 0]


def test_what_was_taken_up_is_kept_again_where_it_cannot_be_told() -> None:
    """Other sessions that are not heard count it from there."""
    said = run("""
    const calls = [{ request_id: "a", cost_usd_micros: 7 }], kept = { "pending.other": calls }
    const keys = async () => Object.keys(kept), get = async key => kept[key]
    const set = async (key, value) => { kept[key] = value }
    $.store = { keys, get, set, delete: async key => { delete kept[key] } }
    brain = () => { throw new Error("no process") }
    await begin(false)
    await settled()
    console.log(JSON.stringify([kept["pending.other"] ?? null, kept["pending.s"]]))
    """)
    assert said == [None, [{"request_id": "a", "cost_usd_micros": 7}]]


def test_what_could_not_be_kept_is_tried_again() -> None:
    """A lock that another client left is gone by then."""
    said = run("""
    let fails = true
    const kept = []
    const write = async (key, value) => {
      if (fails) throw new Error("locked")
      kept.push([key, value?.left])
    }
    $.store = { ...$.store, set: write, delete: write }
    brain = () => ({ bound: { left: 5, whole: 9, until_ms: 1 } })
    await begin(false)
    await settled()
    fails = false
    await begin(false)
    await settled()
    console.log(JSON.stringify(kept.filter(([key]) => key === "bound").length))
    """)
    assert said == 1
