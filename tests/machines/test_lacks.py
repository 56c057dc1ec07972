"""What makes a machine's sums lower bounds is told with them, and marks what they are part of."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap import state
from cheaproute.cap.fallback import uncounted
from cheaproute.cap.shared import elsewhere
from cheaproute.days import DAY_MS
from cheaproute.ledger import intern
from cheaproute.ledger.calls import record
from cheaproute.ledger.module import given_up
from cheaproute.ledger.query.totals import Sums
from cheaproute.ledger.schema import MAIN
from cheaproute.machines import everywhere, folder, union
from cheaproute.machines.lines import rows
from cheaproute.usage.call import COUNTS, Call
from tests.machines.test_sync import CENT, NOW, PRICES, Laptop, told
from tests.machines.test_sync import pair as pair  # noqa: PLC0414
from tests.machines.test_sync import shared as shared  # noqa: PLC0414
from tests.transcripts import SESSION

DAY = NOW // DAY_MS
MODEL = "claude-opus-5-5"


def put(laptop: Laptop, name: str, *, final: bool, output: int = 1) -> None:
    """A call of which the end is known, or is not."""
    with closing(laptop.ledger()) as db:
        call = Call(name, NOW, MODEL, input=1000, output=output, final=final)
        record.put(db, call, source=MAIN, prices=PRICES)


def other(laptop: Laptop) -> Sums:
    """What `laptop` knows of the one other machine's day."""
    with closing(laptop.ledger()) as ledger, closing(union.connect(str(laptop.data))) as db:
        (found,) = everywhere.by_machine(db, ledger, DAY, DAY + 1)
    return found.sums


def is_marked(laptop: Laptop) -> set[str]:
    """The periods and machines that a gate takes for lower bounds."""
    found = elsewhere.read(str(laptop.data))
    assert found is not None
    return set(found.lower)


def test_an_open_call_of_another_machine_marks_what_it_is_part_of(
    pair: tuple[Laptop, Laptop],
) -> None:
    """Until its end is told; an older copy of the file, read after that, takes nothing back."""
    one, two = pair
    put(one, "msg_1", final=False)
    two.spend("msg_2")
    for laptop in pair:
        laptop.sync()
    two.sync()
    assert other(two).lower_bound
    assert is_marked(two) == {"month:2026-11", f"day:{DAY}", one.machine.name}
    with closing(two.ledger()) as db:
        assert state.state(db, 0, NOW).periods["month"].lower
    path = Path(folder.own_path(one.terms.place, one.machine))
    old = path.read_bytes()
    put(one, "msg_1", final=True, output=500)
    one.sync()
    two.sync()
    assert not other(two).lower_bound
    assert is_marked(two) == set()
    path.with_name("conflict.jsonl").write_bytes(old)
    two.sync()
    assert not other(two).lower_bound
    assert two.total() == one.own() + two.own()


def test_the_last_word_is_whole_though_nothing_else_changed(pair: tuple[Laptop, Laptop]) -> None:
    """The client's own total made the call good, which had all its tokens."""
    one, two = pair
    put(one, "msg_1", final=False)
    one.sync()
    two.sync()
    with closing(one.ledger()) as db:
        db.execute("UPDATE call SET final = 1")
    one.sync()
    two.sync()
    assert not other(two).lower_bound


def lack(laptop: Laptop, what: str, uuid: str = SESSION) -> None:
    """Something that the sums of `laptop` lack."""
    with closing(laptop.ledger()) as db:
        session = intern.session_id(db, uuid)
        if what == "request":
            given_up.put(db, session, "", [(NOW, MODEL, "", 3 * CENT)])
        elif what == "compaction":
            noted = "INSERT INTO turn(session, ts_ms, kind) VALUES(?, ?, 'compact')"
            db.execute(noted, (session, NOW))
        else:
            uncounted.note(db, uuid, "", uncounted.NO_TRANSCRIPT, NOW)


def mend(laptop: Laptop) -> None:
    """It is known after all."""
    with closing(laptop.ledger()) as db:
        for table in ("given_up", "turn", "uncounted"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608


@pytest.mark.parametrize("what", ["request", "compaction", "session"])
def test_what_another_machine_s_sums_lack_marks_them(
    pair: tuple[Laptop, Laptop], what: str
) -> None:
    """In any order of rounds; the session being here, too, this ledger judges by what it knows."""
    one, two = pair
    one.spend("msg_1")
    lack(one, what)
    for _ in range(2):
        one.sync()
        two.sync()
    assert other(two).lower_bound
    assert other(two).given_up == ((1, 3 * CENT) if what == "request" else (0, 0))
    assert "month:2026-11" in is_marked(two)
    lack(two, what)
    two.sync()
    assert not other(two).lower_bound
    mend(two)
    two.sync()
    assert other(two).lower_bound
    mend(one)
    one.sync()
    two.sync()
    assert not other(two).lower_bound
    assert two.total() == one.own()


@pytest.mark.parametrize("what", ["request", "compaction", "session"])
def test_a_machine_of_an_earlier_version_passes_it_over(
    pair: tuple[Laptop, Laptop], what: str
) -> None:
    """To it these lines take back what it never had; a call has all that it had before."""
    one, _ = pair
    put(one, "msg_1", final=False)
    lack(one, what)
    one.sync()
    call, lacking = told(one)
    assert lacking["gone"] == 1
    counts = [1000, 1, 0, 0, 0, 0]
    before = {"id": "msg_1", "ts": NOW, "model": MODEL, "source": "main", "counts": counts}
    assert call == before | {"nano": 4_020_000, "open": 1}


def test_an_earlier_version_s_file_is_read_as_before(pair: tuple[Laptop, Laptop]) -> None:
    """What it does not tell is not known, and marks nothing."""
    one, two = pair
    put(one, "msg_1", final=False)
    one.sync()
    path = Path(folder.own_path(one.terms.place, one.machine))
    path.write_bytes(path.read_bytes().replace(b',"open":1', b""))
    two.sync()
    assert not other(two).lower_bound
    assert two.total() == one.own()


def test_a_renewed_machine_tells_and_hears_what_it_did_not(pair: tuple[Laptop, Laptop]) -> None:
    """What both had told and read by the version before is looked at once more, and counts once."""
    one, two = pair
    put(one, "msg_1", final=False)
    one.sync()
    two.sync()
    path = Path(folder.own_path(one.terms.place, one.machine))
    raw = path.read_bytes().replace(b',"open":1', b"")
    path.write_bytes(raw)
    line = raw.splitlines()[1]
    for laptop in pair:
        with closing(sqlite3.connect(os.path.join(laptop.data, union.FILE))) as db, db:
            db.execute("ALTER TABLE call DROP COLUMN open")
            db.execute("DROP TABLE lack")
            db.execute("UPDATE sent SET crc = ?", (folder.checksum(line),))
            db.execute("UPDATE source SET tail = ?, offset = ?", (raw[-48:], len(raw)))
            db.execute("PRAGMA user_version = 3")
    for laptop in (one, two):
        laptop.sync()
    assert other(two).lower_bound
    assert two.total() == one.own()


def test_a_booking_that_became_less_is_less_everywhere(pair: tuple[Laptop, Laptop]) -> None:
    """Its machine's last word stands in reports; a cap keeps the most it knew."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    two.sync()
    with closing(one.ledger()) as db:
        db.execute("DELETE FROM call")
    one.spend("msg_1", tokens=2500)
    one.sync()
    two.sync()
    assert two.total() == one.own() == CENT
    assert other(two).input == 2500
    found = elsewhere.read(str(two.data))
    assert found is not None
    assert found.assumed["month:2026-11"] == CENT


@pytest.mark.parametrize(
    "change",
    [{"lacks": -1}, {"lacks": 1 << 63}, {"ts": "soon"}, {"ts": NOW + 10 * DAY_MS}, {"nano": -1}],
)
def test_a_lying_line_takes_no_known_call_away(
    pair: tuple[Laptop, Laptop], change: dict[str, object]
) -> None:
    """It is set aside, or takes back what it names of its own machine's; nothing breaks."""
    one, two = pair
    one.spend("msg_1")
    one.sync()
    two.sync()
    line = {"id": "lack:request:x", "gone": 1, "lacks": 1, "ts": NOW, "model": "m", "nano": 1}
    with open(folder.own_path(one.terms.place, one.machine), "ab") as file:
        file.write(json.dumps(line | change).encode() + b"\n")
        file.write(b'{"id":"lack:","gone":1,"lacks":2,"ts":5}\n')
    two.sync()
    assert two.total() == one.own()
    assert not other(two).lower_bound


def test_a_line_says_all_that_a_row_has() -> None:
    """What is written is read as it was."""
    zero = (0,) * len(COUNTS)
    for row in (
        rows.Row("a", NOW, "m", "main", (1, 2, 3, 4, 5, 6), 7, "p", open=True),
        rows.Row("a", NOW, "m", "main", (1, 2, 3, 4, 5, 6), None, requested="n"),
        rows.Row("lack:request:u:1::m", NOW, "m", "main", zero, 7, gone=True, lacks=3),
        rows.Row("a", 0, "", "", zero, 0, gone=True),
    ):
        assert rows.parse(row.line(), NOW) == row
