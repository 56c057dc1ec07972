"""What the module remembers, by its own functions: they take no engine, so Node runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from cheaproute.hook import answer
from tests.conftest import ROOT

HAND = os.path.join(ROOT, "hooks", "mod", "hand.js")
REFUSAL = os.path.join(ROOT, "hooks", "mod", "refusal.js")
BOUND = os.path.join(ROOT, "hooks", "mod", "bound.js")
GROUND = os.path.join(ROOT, "hooks", "mod", "ground.js")


def run(code: str) -> object:
    """What `code` says, with the hand's functions in reach and a clock of its own."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node")
    names = "covers, hasLeave, isStreaming, learn, ledgerOf, newHand, putsOff, rests, sharesOf, "
    names += "toldBy, turns, unrecordedOf, brokenOff, depart, notRead, unreadOf, wasRefused"
    head = f"import {{ {names} }} from {json.dumps(HAND)};"
    head += f"import {{ causeOf, shut }} from {json.dumps(REFUSAL)};"
    head += f"import {{ isReached, lessBy, unbookedOf }} from {json.dumps(BOUND)};"
    head += f"import {{ emptiedOf }} from {json.dumps(GROUND)};"
    head += "let now = 1e12; Date.now = () => now;"
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "-e", head + code],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_clock_that_is_put_back_gives_neither_a_rest_nor_a_leave() -> None:
    """What was to last seconds does not last until the clock is there again."""
    said = run("""
    const said = [], hand = newHand(), flight = { agent: "", model: "m", bytes: 1 }
    const look = () => said.push([rests(hand), hasLeave(hand), covers(hand, flight)])
    learn(hand, null, 0)
    look()
    now -= 3600e3
    look()
    turns(hand, "")
    learn(hand, { grant: { any: true, nano: 1, seconds: 60, loops: {} } }, 0)
    look()
    now -= 3600e3
    look()
    console.log(JSON.stringify(said))
    """)
    assert said == [
        [True, False, False],
        [False, False, False],
        [False, True, True],
        [False, False, False],
    ]


def test_a_record_is_told_once_with_what_is_booked_beside_it() -> None:
    """What goes with another question, or is found in the transcript, is nothing unseen."""
    said = run("""
    const pending = [1, 2, 3].map(n => ({ request_id: n, cost_usd_micros: 100_000 * n }))
    const of = (handed, free) => ledgerOf({ pending }, handed, free)
    const said = [of(3, false), of(2, false), of(0, true)]
    console.log(JSON.stringify(said.map(one => [one.calls.length, one.later_micros])))
    """)
    assert said == [[3, 0], [2, 300_000], [0, 0]]


def test_a_compaction_is_put_off_once_for_a_brain_that_is_gone() -> None:
    """The next is the client's own, until the brain has answered about one."""
    said = run("""
    const hand = { ...newHand(), compact: 900_000 }, told = { trigger: "auto", context_tokens: 1 }
    const failed = [true, true, true, false, true, true]
    console.log(JSON.stringify([
      failed.map(one => putsOff(hand, one, told)),
      putsOff({ ...newHand(), compact: 0 }, true, told),
      putsOff({ ...newHand(), compact: 9 }, true, { trigger: "manual", context_tokens: 1 }),
    ]))
    """)
    assert said == [[True, False, False, False, True, False], False, False]


def test_what_no_record_tells_of_is_looked_for_once_a_record_would_have_come() -> None:
    """Not while one of them was answered just now; shares are by length, and make up the sum."""
    said = run("""
    const told = { answered: true, request_id: "", agent: "", bytes: 1, model: "a" }
    const one = { ...told, whole: true, answered_ms: now }
    const late = { ...one, answered_ms: now - 5000, bytes: 2, model: "b" }
    const hand = { ...newHand(), flights: [late, { ...one, answered: false }] }
    const found = () => unrecordedOf(hand, 1000).length
    const said = [found()]
    hand.seats.log = true
    said.push(found())
    hand.flights.push(one)
    said.push(found())
    now += 1000
    said.push(found(), isStreaming(hand))
    const stream = { ...told, model: "c" }, by = model => toldBy(hand, "", "", model)
    hand.flights.push(stream)
    said.push(isStreaming(hand), by("c") === stream, by("d") === late)
    console.log(JSON.stringify([...said, sharesOf([one, one, late], 0.000_007)]))
    """)
    assert said == [0, 1, 0, 2, False, True, True, True, [2, 2, 3]]


def test_the_last_request_of_a_loop_tells_whether_it_was_refused_here() -> None:
    """An agent's own, the main loop's by its model; a request that left is not refused."""
    said = run("""
    const hand = newHand(), said = []
    const look = (agent, since = 5) => said.push(wasRefused(hand, agent, "m-1[1m]", since))
    hand.refused.set("a", { model: "other", at_ms: 5 }).set("", { model: "helper", at_ms: 5 })
    for (const agent of ["a", "b", ""]) look(agent)
    look("a", 6)
    hand.refused.set("", { model: "m-1", at_ms: 5 })
    look("")
    depart(hand, { agent: "a", at_ms: now })
    look("a")
    hand.shut_ms = 6
    look("b")
    console.log(JSON.stringify(said))
    """)
    assert said == [True, False, False, False, True, False, True]


def test_what_nobody_could_judge_is_refused_in_the_brains_words_with_the_cause() -> None:
    """However the question failed; and before one did."""
    said = run("""
    const said = [[new Error("x"), false], [new SyntaxError("x"), false], [new Error("x"), true]]
    const hand = newHand(), told = [[hand.cause, hand.shut]]
    const note = (...words) => (shut(hand, ...words), told.push([hand.cause, hand.shut]))
    for (const [error, late] of said) note(causeOf(error, late))
    note("disk full", "The brain's own words")
    console.log(JSON.stringify(told))
    """)
    none = "hooks/run ended without an answer"
    causes = ["hooks/run could not be started", none, "no answer came in time"]
    asked = [[cause, answer.closed(cause)] for cause in causes]
    assert said == [[none, answer.closed()], *asked, ["disk full", "The brain's own words"]]


def test_what_a_session_may_spend_that_hears_nothing() -> None:
    """By its own cap, and by what the others left, until their periods end; and what is left out.

    Programs of ours start without what a loader, a shell or Python obeys, and without long values.
    """
    said = run("""
    const bound = { session: 9, left: 5, until_ms: 100, whole: 7 }
    const spent = lessBy(bound, 3, 50)
    const anew = lessBy(bound, 1, 100)
    const free = { session: null, left: null, until_ms: 0, whole: null }
    const names = { LD_PRELOAD: "x", SHELLOPTS: "x", PYTHONHOME: "x", "BASH_FUNC_read%%": "x" }
    console.log(JSON.stringify([
      spent.left, anew.left, lessBy(bound, 2, 200).left, lessBy(free, 5, 200).left,
      [isReached(spent, 3), isReached(spent, 9), isReached(lessBy(spent, 2, 50), 5)],
      isReached(free, 1e12),
      emptiedOf({ ...names, TZ: "x", ENVIRONMENT: "x", A: "y".repeat(2000) }),
    ]))
    """)
    left_out = ["LD_PRELOAD", "SHELLOPTS", "PYTHONHOME", "BASH_FUNC_read%%", "A"]
    assert said == [2, 6, 5, None, [False, True, True], False, dict.fromkeys(left_out, "")]


def test_an_answer_broke_off_where_the_very_same_is_asked_again() -> None:
    """By the same agent, after it began; in one piece it is another matter, and once it landed."""
    said = run("""
    const sent = { agent: "", model: "m", bytes: 9, answered: true, at_ms: now }
    const of = (change, again, body = "x".repeat(9)) => {
      const hand = newHand(), flight = { ...sent, ...change }
      depart(hand, flight, "x".repeat(9))
      return [brokenOff(hand, { ...sent, ...again }, body).includes(flight), hand.flights.length]
    }
    console.log(JSON.stringify([
      of({}, {}), of({}, { agent: "a" }), of({}, {}, "y"), of({ answered: false }, {}),
      of({ whole: true }, {}), of({ unread: true }, {}),
    ]))
    """)
    assert said == [[True, 0], *[[False, 1]] * 5]


def test_what_sessions_keep_side_by_side_counts_once() -> None:
    """Each has its own, one may have taken up another's; what bears no id is nobody else's."""
    said = run("""
    const of = (id, micros) => ({ request_id: id, cost_usd_micros: micros })
    const own = [of("a", 1), of("b", 2), { model: "m" }]
    const others = [[of("b", 2), of("c", 4), null], [of("c", 4), of("", 8), of("", 16)], []]
    console.log(JSON.stringify(unbookedOf(own, others)))
    """)
    assert said == {"own": 3_000, "others": 28_000}


def test_a_stream_that_is_asked_for_again_in_one_piece_was_not_read() -> None:
    """The same agent's, of the same model and length: no record comes of it by itself."""
    said = run("""
    const said = []
    const sent = { agent: "", model: "m", bytes: 50_000, answered: true, at_ms: now }
    const again = { ...sent, bytes: 49_986, answered: false, whole: true }
    const changes = [{}, { agent: "a" }, { model: "n" }, { bytes: 40_000 }, { whole: false }]
    for (const change of changes) {
      const hand = newHand()
      depart(hand, { ...sent })
      notRead(hand, { ...again, ...change })
      said.push(unreadOf(hand, "").length)
    }
    console.log(JSON.stringify(said))
    """)
    assert said == [1, 0, 0, 0, 0]
