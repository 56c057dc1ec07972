"""What is said of sessions in which nothing of ours ran."""

from __future__ import annotations

import time
from contextlib import closing

from cheaproute.cap.fallback import uncounted
from tests.hook.test_gate import Machine, machine

__all__ = ["machine"]


def test_sessions_of_one_cause_are_one_line(machine: Machine) -> None:
    """With their number and dollars, once; what came since is another; each cause has its own."""
    now_ms = int(time.time() * 1000)

    def ran(uuid: str, place: str, why: str) -> None:
        with closing(machine.ledger()) as db:
            session = db.execute(
                "INSERT INTO session(uuid, first_ms, last_ms) VALUES(?, 1, 1)", (uuid,)
            ).lastrowid
            db.execute("INSERT INTO spent VALUES(?, 10000000, 1)", (f"session:{session}",))
            uncounted.note(db, uuid, place, why, now_ms)

    def said() -> list[str]:
        lines = (machine.hook("stop") or {}).get("systemMessage", "").split("\n")
        return [line for line in lines if "ran without cheaproute" in line]

    old = f"{uncounted.AFTERWARDS}--bare, --safe-mode or a variable like it"  # of a version before
    for number in range(5):
        why = uncounted.AFTERWARDS if number else old
        ran(f"a{number}", "/work/shop" if number else "/work/other", why)
    ran("off", "/work/off", f"{uncounted.AFTERWARDS}disableAllHooks in /work/off/settings.json")
    ran("none", "/work/none", uncounted.NO_TRANSCRIPT)
    first, second = said()
    assert (
        "5 sessions in /work/shop and elsewhere ran without cheaproute (the plugin disabled or not "
        "installed then, --bare, "
    ) in first
    assert "$0.05, counted now; no cap held that" in first
    assert "The way back: none is needed if the plugin was off then" in first
    assert "A session in /work/off ran without cheaproute (disableAllHooks in /work" in second
    assert said() == []
    ran("s9", "/work/shop", uncounted.AFTERWARDS)
    (third,) = said()
    assert "A session in /work/shop ran" in third
    assert not [line for line in (first, second, third) if "/work/none" in line]
