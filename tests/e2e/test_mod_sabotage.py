"""The module is broken, a function at a time: the turn goes on, and what is said is true."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.module import seats
from tests.api import Api
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy, plugin_beside
from tests.e2e.kinds import plain
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd

pytestmark = pytest.mark.long
newest = pytest.mark.parametrize("version", [NEWEST])

THROW, SPIN, HANG = "throw new Error('x')", "for (;;);", "await new Promise(() => {})"
GATE = ("mod.js", "const atGate = async ($, flight) => {")
# What is broken, by the head of the function that it is put into, and what the session says then.
WAYS = {
    "gate throws": (*GATE, THROW, {seats.EXACT, seats.BETWEEN, seats.HOOKS}),
    "leave throws": (
        "mod/hand.js",
        "export const covers = (hand, flight) => {",
        THROW,
        {seats.HOOKS},
    ),
    "request throws": (
        "mod/request.js",
        "export const flightOf = (url, init) => {",
        THROW,
        {seats.HOOKS},
    ),
    "record throws": (
        "mod/request.js",
        "export const billedOf = entry => {",
        THROW,
        {seats.BETWEEN, seats.HOOKS},
    ),
    "fetch answers a number": (
        "mod.js",
        "const onRequest = async ($, e, next) => {",
        "return 7",
        {seats.BETWEEN},
    ),
    "step answers a number": (
        "mod.js",
        "async function* onTurnStep($, e, next) {",
        "return 7",
        {seats.EXACT, seats.BETWEEN},
    ),
    "step throws": (
        "mod.js",
        "async function* onTurnStep($, e, next) {",
        THROW,
        {seats.EXACT, seats.BETWEEN, seats.HOOKS},
    ),
    "tool throws": ("mod.js", "const onToolCall = async ($, e, next) => {", THROW, {seats.EXACT}),
    "batch throws": ("mod.js", "const onBatch = async ($, e, next) => {", THROW, {seats.EXACT}),
    "gate hangs": (*GATE, HANG, {seats.HOOKS, seats.EXACT}),  # a leave may spare it
    "request hangs": (
        "mod.js",
        "const onRequest = async ($, e, next) => {",
        HANG,
        {seats.HOOKS},
    ),
    "step hangs": ("mod.js", "async function* onTurnStep($, e, next) {", HANG, {seats.HOOKS}),
    "leave spins": (
        "mod/hand.js",
        "export const covers = (hand, flight) => {",
        SPIN,
        {seats.HOOKS},
    ),
    "flight spins": (
        "mod/request.js",
        "export const flightOf = (url, init) => {",
        SPIN,
        {seats.HOOKS},
    ),
    "record spins": ("mod/request.js", "export const billedOf = entry => {", SPIN, {seats.HOOKS}),
}


def sabotaged(place: Path, way: str) -> str:
    """A copy of the plugin in which that function is broken; its path."""
    plugin = copy(str(place))
    file, head, what, _ = WAYS[way]
    path = Path(plugin, "hooks", file)
    text = path.read_text()
    assert text.count(head) == 1, way
    path.write_text(text.replace(head, f"{head}\n  if (1) {{ {what} }}"))
    return plugin


# How many waits a turn of four requests may have, and what is no wait. One that throws keeps nobody
# waiting: not all three gaps can be the machine's. The client gives a hook 10 s, and a module that
# spins 5 to 7 s, twice.
WAITS = {THROW: (2, 2), "return 7": (2, 2), HANG: (1, 9), SPIN: (2, 5)}


def waits(api: Api) -> list[float]:
    """How long it took from each answer to the next request, by the API's clock, longest last."""
    asked = sorted(api.bill, key=lambda one: one.sent_s)
    return sorted(after.sent_s - one.at_s for one, after in pairwise(asked))


@newest
@pytest.mark.parametrize("way", WAYS)
def test_the_turn_goes_on(machine: Machine, api: Api, tmp_path: Path, way: str) -> None:
    """Each request is answered and booked once, and the seats that failed are not said to hold."""
    machine.cheaproute("cap", "set", "1000")
    api.script = plain
    options = ("--plugin-dir", sabotaged(tmp_path / "plugin", way))
    result = machine.run("MAINTASK", *options, plugin=False, model="opus")
    assert "Said." in result.text, result
    assert len(api.bill) == 4
    most, no_wait_s = WAITS[WAYS[way][2]]
    assert waits(api)[-1 - most] < no_wait_s
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed
    with closing(store.connect(machine.data + "/ledger.db")) as db:
        seat = seats.latest(db)
    assert (seat.cap if seat else seats.HOOKS) in WAYS[way][3]
    rested = seat is not None and not seat.enabled
    # Who spun the client does not say: a module rests once it was loaded anew for the second time.
    assert not rested or WAYS[way][2] in (SPIN, HANG)
    assert rested or WAYS[way][2] != HANG or way == "gate hangs"


@newest
@pytest.mark.parametrize(
    "way",
    ["leave throws", "step throws", "fetch answers a number", "request hangs", "leave spins"],
)
def test_where_gates_fail_closed_nothing_leaves(
    machine: Machine, api: Api, tmp_path: Path, way: str
) -> None:
    """`on_error = "closed"`: however the gate fails, the request is refused and told why."""
    config = 'on_error = "closed"\n[cap]\nmonth_usd = 1000\n'
    machine.write(".config/cheaproute/config.toml", config)
    api.script = plain
    options = ("--plugin-dir", sabotaged(tmp_path / "plugin", way))
    result = machine.run("MAINTASK", *options, plugin=False, model="opus")
    assert api.calls == []
    assert "could not be checked (" in result.text
    assert "cheaproute doctor" in result.text


# Older clients unload a module that spins at once, and have the hooks alone from then on.
SPINS = [way for way, (_, _, what, _) in WAYS.items() if what == SPIN]


@pytest.mark.parametrize(
    ("version", "way"),
    [
        *[(NEWEST, way) for way in WAYS],
        *[(version, way) for version in (FIRST_MODULE, FIRST_FETCH) for way in SPINS],
    ],
)
def test_the_cap_holds_by_what_is_left(
    machine: Machine, api: Api, tmp_path: Path, way: str
) -> None:
    """Whatever of the module is broken: the other seats and the hooks stop the loop."""
    machine.cheaproute("cap", "set", "0.5")
    api.script = scripts.endless({"input_tokens": 50_000, "output_tokens": 0})  # $0.20 on Opus 5.5
    options = ("--plugin-dir", sabotaged(tmp_path / "plugin", way))
    machine.run("MAINTASK", *options, plugin=False, model="opus")
    assert 2 <= len(api.bill) <= 4


@pytest.mark.parametrize("version", [FIRST_FETCH, NEWEST])
@pytest.mark.parametrize("way", ["leave spins", "flight spins", "record spins"])
def test_a_spin_is_waited_for_once(machine: Machine, api: Api, tmp_path: Path, way: str) -> None:
    """The client ends what modules run in once; from then on the module rests for the session.

    Or is not loaded again: which of the two, the client decides by how it learnt whose spin it was.
    """
    machine.cheaproute("cap", "set", "1000")
    api.script = plain
    log = str(tmp_path / "debug.log")
    options = ("--plugin-dir", sabotaged(tmp_path / "plugin", way), "--debug-file", log)
    result = machine.run("MAINTASK", *options, plugin=False, model="opus")
    assert "Said." in result.text, result
    started = Path(log).read_text().count("hooks worker spawned")
    assert started in (1, 2), Path(log).read_text()[-3000:]
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    with closing(store.connect(machine.data + "/ledger.db")) as db:
        seat = seats.latest(db)
    assert seat is None or seat.cap == seats.HOOKS


@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("version", [FIRST_FETCH, NEWEST])
@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("leave spins", "cheaproute was unloaded"),
        ("record spins", "The module hung, so it rests for this session"),
    ],
)
def test_a_terminal_says_that_the_module_rests(
    machine: Machine, api: Api, tmp_path: Path, way: str, words: str
) -> None:
    """Once: in the client's words where it unloads the module, else in ours."""
    machine.cheaproute("cap", "set", "1000")
    api.script = plain
    with machine.begun(sabotaged(tmp_path / "plugin", way)) as tui:
        tui.type("MAINTASK do it")
        tui.wait(words, 60)
        tui.wait("Said.", 60)
        tui.type("MAINTASK again")
        tui.wait(lambda shown: shown.count("Said.") >= 2, 60)
        screen = tui.wait("Said.")
    assert screen.count("The module hung") <= 1


OTHERS = """
let first = true
const spins = ($, e, next) => {
  if (first && e.event === "api_request") for (;;);
  return next(e)
}
export const register = on => { on("telemetry.log", { to: "collector" }, spins) }
"""


# How long the fresh worker's `session.start` takes: the turn's next requests come before it ends.
AT_ONCE, LATE = "", 'await $.process.run(["sleep", "2"])'


@pytest.mark.parametrize("version", [FIRST_FETCH, NEWEST])
@pytest.mark.parametrize("begins", [AT_ONCE, LATE], ids=["begins at once", "begins late"])
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_the_spin_of_another_module_is_not_taken_for_ours(
    machine: Machine, api: Api, tmp_path: Path, begins: str, first: str
) -> None:
    """In a record that both hear of: the client unloads the guilty one, ours goes on.

    Each session, though the turn's next requests come before the session has begun again.
    """
    machine.cheaproute("cap", "set", "1000")
    api.script = plain
    plugin = copy(str(tmp_path / "plugin"))
    path, head = Path(plugin, "hooks", "mod.js"), "const onSessionStart = async ($, e, next) => {"
    text = path.read_text()
    assert head in text
    path.write_text(text.replace(head, f"{head}\n  {begins}"))
    places = [plugin, plugin_beside(tmp_path / "other", OTHERS)]
    if first == "theirs":
        places.reverse()
    log = tmp_path / "debug.log"
    options = [word for place in places for word in ("--plugin-dir", place)]
    for _ in range(2):
        told = machine.run(
            "MAINTASK", *options, "--debug-file", str(log), plugin=False, model="opus"
        )
        assert "Said." in told.text, told
        billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
        assert machine.costs()["total_usd"] == billed
        with closing(store.connect(machine.data + "/ledger.db")) as db:
            seat = seats.latest(db)
        assert seat is not None
        events = [line for line in log.read_text().splitlines() if "hooks worker" in line]
        assert (seat.enabled, seat.cap) == (True, seats.EXACT), "\n".join(events)
        assert sum("hooks worker spawned" in line for line in events) == 2, events
        log.unlink()
