"""What whoever syncs, clocks and keys do to a folder: all is heard in the end, and counts once."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap.shared import elsewhere
from cheaproute.days import DAY_MS
from cheaproute.errors import CheaprouteError
from cheaproute.machines import everywhere, folder, identity, names, reading, sync
from cheaproute.machines.lines import rows, sealed
from tests.machines.test_names import BOOKED, LISTED, before, booked, renew
from tests.machines.test_names import NOW as LATER
from tests.machines.test_sync import CENT, NOW, Laptop, told
from tests.machines.test_sync import pair as pair  # noqa: PLC0414
from tests.machines.test_sync import shared as shared  # noqa: PLC0414
from tests.transcripts import SESSION

PHRASE = "correct horse"


def own_file(laptop: Laptop) -> Path:
    """The file that the laptop alone appends to."""
    return Path(folder.own_path(laptop.terms.place, laptop.machine))


def test_a_passphrase_that_is_set_right_later_opens_all(tmp_path: Path, shared: Path) -> None:
    """What was told in between is no loss; a line that was changed is passed over, and counted."""
    one = Laptop(tmp_path / "one", shared, passphrase=PHRASE)
    two = Laptop(tmp_path / "two", shared, passphrase="another one")
    for number in range(3):
        one.spend(f"msg_{number}", tokens=5000)
        one.sync()
        count = f"{number + 1} line{'s' * (number > 0)}"
        assert two.sync().notes == [
            f"{own_file(one).name}: {count} set aside, the first: {reading.UNOPENED}"
        ]
    lines = own_file(one).read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"gAAAA", b"gAAAB")
    own_file(one).write_bytes(b"".join(lines))
    two.terms = sync.Terms(str(shared), PHRASE)
    assert "1 line set aside" in two.sync().notes[0]
    assert two.total() == 4 * CENT
    one.sync()
    two.terms = sync.Terms(str(shared), "another one")
    one.spend("msg_9", tokens=5000)
    one.sync()
    two.sync()
    two.terms = sync.Terms(str(shared), PHRASE)
    two.sync()
    assert two.total() == 6 * CENT


@pytest.mark.parametrize("off_days", [-2000, -3])
def test_rows_heard_while_the_own_clock_was_wrong_count_once_it_is_right(
    pair: tuple[Laptop, Laptop], off_days: int
) -> None:
    """They seemed to be of the future: set aside and named, not forgotten."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    assert (
        "1 line set aside, the first: in the future" in two.sync(NOW + off_days * DAY_MS).notes[0]
    )
    one.spend("msg_2", tokens=5000)
    one.sync()
    two.sync(NOW + off_days * DAY_MS)
    assert two.sync().notes == []
    assert two.total() == 4 * CENT
    assert two.sync().read == 0


def cut(file: Path) -> None:
    """The folder's service restores the version of before the last round."""
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:2]))


def merged(file: Path) -> None:
    """Git could not merge it."""
    head, first, *rest = file.read_bytes().splitlines(keepends=True)
    marks = [b"<<<<<<< HEAD\n", *rest, b"=======\n", b">>>>>>> desk\n"]
    file.write_bytes(b"".join([head, first, *marks]))


def emptied(file: Path) -> None:
    """A full disk, somewhere on the way."""
    file.write_bytes(b"")


def foreign(file: Path) -> None:
    """Another machine's, under this one's name."""
    head = b'{"cheaproute": 1, "machine": "00112233445566aa", "name": "odd"}\n'
    file.write_bytes(head + b"".join(file.read_bytes().splitlines(keepends=True)[3:]))


@pytest.mark.parametrize("harm", [cut, merged, emptied, foreign, Path.unlink])
@pytest.mark.parametrize("passphrase", ["", PHRASE])
def test_an_own_file_that_was_harmed_is_told_anew(
    tmp_path: Path, shared: Path, harm: object, passphrase: str
) -> None:
    """Who reads it for the first time afterwards hears of every call, once."""
    one, two, late = (
        Laptop(tmp_path / name, shared, passphrase=passphrase) for name in ("one", "two", "late")
    )
    for number in range(4):
        one.spend(f"msg_{number}", tokens=5000)
        one.sync()
    two.sync()
    assert callable(harm)
    harm(own_file(one))
    one.sync()
    assert (one.sync().told, one.sync().told) == (0, 0)
    for laptop in (late, two, late):
        laptop.sync()
    assert late.total() == two.total() == 8 * CENT


def test_where_the_passphrase_cannot_be_read_nothing_is_told(tmp_path: Path) -> None:
    """It would go out open."""
    env = {"CHEAPROUTE_HOME": str(tmp_path)}
    Path(sync.key_file(env)).write_bytes(b"\xff\n")
    with pytest.raises(CheaprouteError, match="passphrase cannot be read"):
        sync.wanted(env, {})


@pytest.mark.parametrize("first", ["", PHRASE])
def test_an_own_file_under_another_key_begins_anew(
    tmp_path: Path, shared: Path, first: str
) -> None:
    """The key came from a backup: rows under two keys in one file would be read by nobody.

    Nor does one that was open go on so.
    """
    one, two = (Laptop(tmp_path / n, shared, passphrase=first) for n in ("one", "two"))
    one.spend("msg_1", tokens=5000)
    one.sync()
    one.terms = two.terms = sync.Terms(str(shared), "quite another")
    one.spend("msg_2", tokens=5000)
    one.sync()
    assert b"msg_" not in own_file(one).read_bytes()
    assert two.sync().notes == []
    assert two.total() == 4 * CENT


@pytest.mark.parametrize(
    "copy",
    [
        "{} (conflicted copy 2026-11-26).jsonl", "{}.sync-conflict-20261126-101010-ABCDEFG.jsonl",
        "{}-LAPTOP.jsonl", "{} (1).jsonl", "{} (Case Conflict).jsonl", "{} 2.jsonl",
        "{}_conflict-20261126-101010.jsonl", "Kopie von {}.jsonl", "{}.jsonl",
    ],
)  # fmt: skip
def test_a_copy_counts_once_whatever_it_is_called(
    pair: tuple[Laptop, Laptop], shared: Path, copy: str
) -> None:
    """By its first line; also where it is all that is left, and grows by the original's rows."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    file = own_file(one)
    kept = file.read_bytes()
    (shared / "cheaproute" / copy.format(file.stem)).write_bytes(kept)
    assert two.sync().notes == []
    assert (two.sync().machines, two.total()) == (1, 2 * CENT)
    one.spend("msg_2", tokens=5000)
    one.sync()
    two.sync()
    assert two.total() == 4 * CENT


def test_an_old_copy_brings_nothing_back(pair: tuple[Laptop, Laptop], shared: Path) -> None:
    """A copy of before a call was taken back comes late; one that came back itself counts."""
    one, two = pair
    one.spend("estimate", tokens=9000)
    one.sync()
    old = own_file(one).read_bytes()
    one.spend("msg_1", tokens=5000)
    with closing(one.ledger()) as db:
        db.execute("DELETE FROM call WHERE id = 'estimate'")
    one.sync()
    two.sync()
    (shared / "cheaproute" / f"{own_file(one).stem}.sync-conflict-1.jsonl").write_bytes(old)
    two.sync()
    assert two.total() == one.own() == 2 * CENT
    one.spend("estimate", tokens=5000)
    one.sync()
    two.sync()
    assert two.total() == one.own() == 4 * CENT


def test_what_is_no_file_of_a_machine_is_silent_or_said(
    pair: tuple[Laptop, Laptop], shared: Path
) -> None:
    """A Mac's notes and half-written downloads are nobody's business; a file kept away is."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    place = shared / "cheaproute"
    for name in ("._a.jsonl", ".syncthing.b.jsonl.tmp", "~syncthing~c.jsonl.tmp", ".DS_Store"):
        (place / name).write_bytes(b"\0\5\26\7")
    (place / f".{'ab' * 8}.jsonl.icloud").write_bytes(b"bplist00")
    (place / ".photo.png.icloud").write_bytes(b"bplist00")
    assert two.sync().notes == [
        f"{'ab' * 8}.jsonl: not on this disk, whoever syncs the folder keeps it elsewhere"
    ]
    assert two.total() == 2 * CENT


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no file that cannot be read")
def test_one_file_that_cannot_be_read_silences_no_other(
    pair: tuple[Laptop, Laptop], shared: Path
) -> None:
    """It is named, with what the system says."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    (shared / "cheaproute" / "00.jsonl").symlink_to("/proc/self/mem")
    assert two.sync().notes == ["00.jsonl: Input/output error, passed over"]
    assert two.total() == 2 * CENT


def test_others_are_heard_where_nothing_can_be_told(pair: tuple[Laptop, Laptop]) -> None:
    """The own file's place is taken: that is an error, after the others were heard."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    own_file(two).mkdir()
    with pytest.raises(CheaprouteError, match=own_file(two).name):
        two.sync()
    assert two.total() == 2 * CENT


def test_ever_so_many_machines_take_nothing_from_what_is_known(
    pair: tuple[Laptop, Laptop], shared: Path
) -> None:
    """Real ones, or heads that somebody forged with the longest of names."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    for number in range(300):
        machine = identity.Machine(f"{number:016x}", f"{number}" + "\U0001f600" * 37)
        path = folder.own_path(str(shared), machine)
        folder.begin(path, machine, b"")
    two.sync()
    assert two.total() == 2 * CENT
    found = elsewhere.read(str(two.data))
    assert found is not None
    assert found.spent[one.machine.name] == 2 * CENT
    assert len(found.as_of) == elsewhere.MOST_NAMES
    assert "262 others" in found.as_of


def test_rounds_at_once_write_whole_lines(pair: tuple[Laptop, Laptop]) -> None:
    """A session's, in the background, and one by hand: each call is told, and can be read."""
    one, two = pair
    for number in range(40):
        one.spend(f"msg_{number}", tokens=250, ts_ms=NOW - number % 17 * DAY_MS)
    assert (
        one.machine.name
    )  # made known before: threads of one process would make it under one name
    threads = [threading.Thread(target=one.sync) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told(one)) == 40
    assert two.sync().notes == []
    assert two.total() == one.own() == 4 * CENT


@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_a_booking_of_two_versions_counts_once(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    """One home's transcripts on two machines, of which one is not renewed: for both and a third."""
    older, newer, third = (Laptop(tmp_path / n, shared) for n in ("older", "newer", "third"))
    for laptop in (older, newer):
        booked(laptop, SESSION)

    def tell_as_before() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(names, "of", before)
            older.sync(LATER)

    def tell() -> None:
        newer.sync(LATER)

    steps = [tell_as_before, tell]
    for step in steps if order == "older first" else steps[::-1]:
        step()
        third.sync(LATER)
    for step in steps:
        step()
    newer.sync(LATER)
    third.sync(LATER)
    assert newer.total() == third.total() == LISTED + BOOKED
    found = elsewhere.read(str(third.data))
    assert found is not None
    assert found.assumed["month:2026-11"] == 0  # nor for the cap
    renew(older)
    for laptop in (older, newer, third) * 2:
        laptop.sync(LATER)
    assert {laptop.total() for laptop in (older, newer, third)} == {LISTED + BOOKED}


def test_bookings_of_two_older_machines_are_one(tmp_path: Path, shared: Path) -> None:
    """Both by a number of theirs: the same time, model and counts; other counts are another's."""
    one, two, third = (Laptop(tmp_path / name, shared) for name in ("one", "two", "third"))

    def booking(laptop: Laptop, number: int, counts: tuple[int, ...]) -> None:
        name = f"{laptop.machine.id}/unlisted:{number}:m:20000"
        line = rows.Row(name, NOW, "m", "unlisted", counts, CENT).line() + b"\n"
        with own_file(laptop).open("ab") as file:
            file.write(line)

    for laptop, number in ((one, 3), (two, 9)):
        laptop.sync()
        booking(laptop, number, (5, 4, 3, 2, 1, 0))
    booking(two, 10, (5, 4, 3, 2, 2, 0))
    third.sync()
    assert third.total() == 2 * CENT


def test_transcripts_of_an_earlier_month_that_arrive_later_count_once(
    pair: tuple[Laptop, Laptop],
) -> None:
    """The other machine's calls of that month, imported here after they were heard of."""
    one, two = pair
    then = NOW - 60 * DAY_MS
    one.spend("msg_1", tokens=5000, ts_ms=then)
    one.sync()
    two.sync()
    two.spend("msg_1", tokens=5000, ts_ms=then)
    two.sync()
    day = then // DAY_MS
    with closing(two.ledger()) as ledger:
        assert everywhere.of_days(ledger, str(two.data), day - 1, day + 2) == []


def test_the_ledger_lies_in_no_synced_folder(tmp_path: Path) -> None:
    """Neither in the folder itself nor below it, whatever link leads there; beside it is well."""
    for place in (tmp_path / "home", tmp_path / "home" / "data", tmp_path / "link"):
        laptop = Laptop(tmp_path / "home", place)
        if place.name == "link":
            place.symlink_to(tmp_path / "home")
        with pytest.raises(CheaprouteError, match="the ledger lies in it"):
            laptop.sync()
    assert not list((tmp_path / "home").rglob("*.jsonl"))


def test_a_key_is_derived_only_where_something_is_new(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a tenth of a second each: a hundred machines that say nothing new cost one."""
    laptops = [Laptop(tmp_path / f"l{n}", shared, passphrase=PHRASE) for n in range(3)]
    for laptop in laptops * 2:
        laptop.spend(f"msg_{laptop.data.parent.name}", tokens=5000)
        laptop.sync()
    made: list[bytes] = []
    real = sealed._derived

    def derived(passphrase: str, salt: bytes) -> bytes:
        made.append(salt)
        return real(passphrase, salt)

    monkeypatch.setattr(sealed, "_derived", derived)
    laptops[2].sync()
    assert len(made) == 1
    assert laptops[2].total() == 6 * CENT


@pytest.mark.parametrize("harm", ["none", "first", "last"])
@pytest.mark.parametrize("more", [False, True])
def test_a_wrong_passphrase_reads_no_file_again(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch, harm: str, more: bool
) -> None:
    """Each round tries what is new; the right one opens all, whatever of it was harmed."""
    one = Laptop(tmp_path / "one", shared, passphrase=PHRASE)
    two = Laptop(tmp_path / "two", shared, passphrase="another one")
    for number in range(20):
        one.spend(f"msg_{number}")
    one.sync()
    lines = own_file(one).read_bytes().splitlines(keepends=True)
    at = {"none": len(lines), "first": 1, "last": len(lines) - 1}[harm]
    lines[at : at + 1] = [b"x" * 100 + b"\n"] * (harm != "none")
    own_file(one).write_bytes(b"".join(lines))
    tried: list[bytes] = []
    real = sealed.Seal.open

    def opened(seal: sealed.Seal, line: bytes) -> bytes | None:
        tried.append(line)
        return real(seal, line)

    monkeypatch.setattr(sealed.Seal, "open", opened)
    assert "20 lines set aside" in two.sync().notes[0]
    assert len(tried) >= 20
    tried.clear()
    assert "20 lines set aside" in two.sync().notes[0]
    assert not tried
    with own_file(one).open("ab") as file:
        file.write(b"y" * 100 + b"\n")
    assert "21 lines set aside" in two.sync().notes[0]
    assert len(tried) == 1
    lost = harm != "none"
    two.terms = one.terms
    if more:
        one.spend("msg_more")
        one.sync()
    two.sync()
    assert two.total() == (20 - lost * (not more) + more) * CENT * 4 // 10


def test_sealed_lines_that_come_late_are_opened(tmp_path: Path, shared: Path) -> None:
    """A file of the right length whose bytes are still to come: they are tried once they came."""
    one, two = (Laptop(tmp_path / name, shared, passphrase=PHRASE) for name in ("one", "two"))
    for number in range(5):
        one.spend(f"msg_{number}")
    one.sync()
    whole = own_file(one).read_bytes()
    head = whole.index(b"\n") + 1
    own_file(one).write_bytes(whole[:head] + b"\0" * (len(whole) - head - 1) + b"\n")
    for _ in range(2):
        assert "1 line set aside" in two.sync().notes[0]
    own_file(one).write_bytes(whole)
    assert two.sync().notes == []
    assert two.total() == 5 * CENT * 4 // 10


IOREG = """+-o J316sAP  <class IOPlatformExpertDevice, id 0x100000256, registered, matched, active>
    {
      "manufacturer" = <"Apple Inc.">
      "IOPlatformSerialNumber" = "C02XXXXXXXXX"
      "IOPlatformUUID" = "%s"
    }
"""


def test_a_mac_is_told_by_its_hardware(tmp_path: Path) -> None:
    """A home that is copied to the same path of another Mac is another machine.

    One that does not say which it is stays who it was, as one of an earlier version does.
    """
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}
    uuid = "4C4C4544-0043-3510-8052-{:012X}"

    def on(mac: int | None, text: str = "") -> str:
        shown = text if mac is None else IOREG % uuid.format(mac)
        return identity.this(env, (), lambda: shown).id

    first = on(None)  # of an earlier version
    assert [on(1), on(None), on(None, "ioreg: not found"), on(1)] == [first] * 4
    second = on(2)
    assert second != first
    assert [on(2), on(None), on(2)] == [second] * 3
    assert on(1) not in (first, second)
    assert identity.hardware() == "" or sys.platform == "darwin"


def test_an_image_s_empty_id_tells_no_system(tmp_path: Path) -> None:
    """The next file does; two systems of one image are two machines."""
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "id").write_text("one")
    files = (str(tmp_path / "empty"), str(tmp_path / "id"))
    first = identity.this(env, files)
    assert identity.this(env, files) == first
    (tmp_path / "id").write_text("two")
    assert identity.this(env, files).id != first.id
