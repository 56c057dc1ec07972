"""Ways where many ask at once, or where sessions cannot tell each other of it."""

from __future__ import annotations

from tests.e2e import ways_beside as beside
from tests.e2e.ways import MARK, Way, loop
from tests.e2e.ways_begun import relayed
from tests.e2e.ways_fresh import text
from tests.e2e.ways_fresh_played import prompt, runs, then, together, told
from tests.e2e.ways_scripts import SKIP

PLAIN = loop()
THREE = together(*[runs(1)] * 3)
BESIDE = [
    Way("10 judges of each of 10 tools", beside.ten_by_ten()),
    Way("10 judges of each of 10 tools, on Opus", beside.ten_by_ten(model="claude-opus-5-5")),
    Way("judges that name another tool", beside.forged, play=told(
        *[prompt(f"{MARK} {n}") for n in range(5)], pause_s=5)),
    Way("the launcher gone, four sessions", PLAIN, cap_usd=2, play=beside.launcher_gone),
    Way("data read-only, three sessions", PLAIN, play=beside.read_only(
        ".local/share/cheaproute", THREE)),
    Way("ledger held, three sessions", PLAIN, play=beside.held(THREE)),
    Way("home read-only, three runs", PLAIN, play=beside.read_only("", runs(3, SKIP))),
    Way("answers that break off", PLAIN, play=relayed(beside.broken_off)),
    Way("answers that break off, run after run", text, play=then(
        *[relayed(beside.broken_off)] * 4)),
]  # fmt: skip
