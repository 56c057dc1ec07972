"""Machines that share a folder: one total, whatever the order, whoever copied what."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap.shared import elsewhere
from cheaproute.days import DAY_MS
from cheaproute.ledger import store
from cheaproute.ledger.calls import record
from cheaproute.ledger.schema import MAIN, UNLISTED
from cheaproute.machines import everywhere, folder, identity, sync, union
from cheaproute.machines.lines import rows
from cheaproute.machines.sync import Round, Terms
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.marks import in_long

NOW = 1_795_000_000_000  # 2026-11-18
PRICES = prices.load({})
CENT = 10_000_000


class Laptop:
    """A home with a ledger, and the folder that it shares."""

    def __init__(self, place: Path, shared: Path, **terms: object) -> None:
        self.data = place / "data"
        self.terms = Terms(str(shared), **terms)  # type: ignore[arg-type]
        self.env = {"HOME": str(place), "CHEAPROUTE_HOME": str(self.data)}
        self.system = str(place / "machine-id")
        place.mkdir(parents=True, exist_ok=True)
        if not os.path.exists(self.system):
            Path(self.system).write_text(place.name)

    @property
    def machine(self) -> identity.Machine:
        """Who it says it is."""
        return identity.this(self.env, (self.system,))

    def ledger(self) -> sqlite3.Connection:
        """The ledger, opened."""
        return store.connect(str(self.data / "ledger.db"))

    def spend(self, name: str, *, tokens: int = 1000, ts_ms: int = NOW, source: int = MAIN) -> None:
        """One call of 0.4 cents a thousand tokens."""
        with closing(self.ledger()) as db:
            call = Call(name, ts_ms, "claude-opus-5-5", input=tokens)
            record.put(db, call, source=source, prices=PRICES)

    def sync(self, now_ms: int = NOW) -> Round:
        """One round."""
        with closing(self.ledger()) as db:
            return sync.run(db, str(self.data), self.machine, self.terms, now_ms)

    def own(self) -> int:
        """What its own ledger holds, in nano-dollars."""
        with closing(self.ledger()) as db:
            return int(db.execute("SELECT coalesce(sum(cost_nano), 0) FROM call").fetchone()[0])

    def total(self) -> int:
        """The month over all machines, as a gate reads it."""
        found = elsewhere.read(str(self.data))
        assert found is not None
        return self.own() + found.periods["month:2026-11"][0]


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """The synced folder."""
    place = tmp_path / "shared"
    place.mkdir()
    return place


@pytest.fixture
def pair(tmp_path: Path, shared: Path) -> tuple[Laptop, Laptop]:
    """Two laptops."""
    return Laptop(tmp_path / "one", shared), Laptop(tmp_path / "two", shared)


def test_each_knows_what_the_other_spent(pair: tuple[Laptop, Laptop]) -> None:
    """After both have told, both have the one total; a second round tells nothing new."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    two.spend("msg_2", tokens=10_000)
    one.sync()
    two.sync()
    done = one.sync()
    assert one.total() == two.total() == 6 * CENT
    assert (done.told, done.machines) == (0, 1)
    assert (two.sync().told, two.sync().read) == (0, 0)


def test_a_call_that_both_have_counts_once(pair: tuple[Laptop, Laptop]) -> None:
    """A transcript that was synced to the other laptop, before or after the round."""
    one, two = pair
    one.spend("msg_1")
    one.sync()
    two.sync()
    assert two.total() == one.own()
    two.spend("msg_1")  # its transcript arrived, too
    two.sync()
    one.sync()
    assert one.total() == two.total() == one.own()


def test_a_call_that_grew_is_told_again(pair: tuple[Laptop, Laptop]) -> None:
    """Its last row came later: the fuller word stands, whatever the order of reading."""
    one, two = pair
    one.spend("msg_1", tokens=10)
    one.sync()
    two.sync()
    one.spend("msg_1", tokens=5000)
    assert one.sync().told == 1
    two.sync()
    assert two.total() == one.own() == 2 * CENT


def take_back(one: Laptop, two: Laptop) -> None:
    """An estimate and the call that replaced it: both were known on both, the estimate is none."""
    one.spend("estimate", tokens=9000)
    one.spend("msg_1")
    one.sync()
    two.sync()
    with closing(one.ledger()) as db:
        db.execute("DELETE FROM call WHERE id = 'estimate'")
    one.sync()
    two.sync()


def test_a_call_that_is_none_is_taken_back(pair: tuple[Laptop, Laptop]) -> None:
    """An estimate that the exact call replaced is gone everywhere."""
    one, two = pair
    take_back(one, two)
    assert two.total() == one.own()


def test_a_copied_home_begins_a_new_file_and_doubles_nothing(
    pair: tuple[Laptop, Laptop], tmp_path: Path, shared: Path
) -> None:
    """The new laptop was set up from the old one's backup; both go on spending."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.spend("unlisted:s:1", tokens=5000, source=UNLISTED)
    one.sync()
    shutil.copytree(one.data, tmp_path / "three" / "data")
    three = Laptop(tmp_path / "three", shared)
    assert three.machine.id != one.machine.id
    three.spend("msg_3", tokens=5000)
    one.spend("msg_1b", tokens=5000)
    for laptop in (three, one, two, three, one):
        laptop.sync()
    assert one.total() == two.total() == three.total() == 8 * CENT


def test_an_older_backup_put_back_loses_nothing(pair: tuple[Laptop, Laptop]) -> None:
    """What the own file says and the ledger no longer has is still counted, once."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    backup = shutil.copytree(one.data, one.data.parent / "backup")
    one.spend("msg_2", tokens=5000)
    one.sync()
    shutil.rmtree(one.data)
    shutil.copytree(backup, one.data)
    one.sync()
    two.sync()
    assert one.total() == two.total() == 4 * CENT


def test_bookings_that_nothing_names_are_each_machine_s_own(
    pair: tuple[Laptop, Laptop],
) -> None:
    """Without a session their name is the machine's: under one id of the ledgers both are real."""
    one, two = pair
    one.spend("unlisted:s:1", tokens=5000, source=UNLISTED)
    two.spend("unlisted:s:1", tokens=2500, source=UNLISTED)
    for laptop in (one, two, one, two):
        laptop.sync()
    assert {row["id"] for row in told(one)} == {f"{one.machine.id}/unlisted:s:1"}
    assert one.total() == two.total() == 3 * CENT


def told(laptop: Laptop) -> list[dict[str, object]]:
    """The rows of the laptop's own file."""
    path = folder.own_path(laptop.terms.place, laptop.machine)
    return [json.loads(line) for line in Path(path).read_bytes().splitlines()[1:]]


@pytest.mark.parametrize("seed", [0, *map(in_long, range(1, 6))])
def test_a_month_in_any_order_of_rounds(seed: int, tmp_path: Path, shared: Path) -> None:
    """Three laptops spend, sync, copy transcripts and lose half lines as chance has it."""
    chance = random.Random(seed)
    laptops = [Laptop(tmp_path / f"l{n}", shared) for n in range(3)]
    real: dict[str, int] = {}
    for number in range(60):
        laptop = chance.choice(laptops)
        what = chance.random()
        if what < 0.6:
            name, tokens = f"msg_{number}", chance.randint(1, 20) * 250
            at = NOW - chance.randint(0, 9) * DAY_MS
            laptop.spend(name, tokens=tokens, ts_ms=at)
            real[name] = tokens * 4000
            if chance.random() < 0.2:
                chance.choice(laptops).spend(name, tokens=tokens, ts_ms=at)
        elif what < 0.9:
            laptop.sync()
        else:
            for path in folder.files(str(shared)):
                if ".conflict-" not in path:  # copies of copies would be thousands
                    shutil.copy(path, path.replace(".jsonl", f".conflict-{number}.jsonl"))
    for _ in range(2):
        for laptop in laptops:
            laptop.sync()
    assert {laptop.total() for laptop in laptops} == {sum(real.values())}


def test_a_half_written_line_waits_for_its_end(pair: tuple[Laptop, Laptop]) -> None:
    """A file that arrives in pieces is read as far as it is whole, and then to its end."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.spend("msg_2", tokens=5000)
    one.sync()
    path = folder.own_path(one.terms.place, one.machine)
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[:-20])
    assert two.sync().read == 1
    Path(path).write_bytes(whole)
    two.sync()
    assert two.total() == 4 * CENT


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "no JSON"),
        (b"[]", "no row"),
        (b'{"ts": 1}', "no id"),
        (b'{"id": "x", "ts": "soon"}', "no time"),
        (b'{"id": "x", "ts": 4000000000000, "counts": [0,0,0,0,0,0]}', "in the future"),
        (b'{"id": "x", "ts": 1, "counts": [1]}', "no counts"),
        (b'{"id": "x", "ts": 1, "counts": [true,0,0,0,0,0]}', "no counts"),
        (b'{"id": "x", "ts": 1, "counts": [-1,0,0,0,0,0]}', "no counts"),
        (b'{"id": "x", "ts": 1, "counts": [0,0,0,0,0,0], "nano": -5}', "no price"),
        (b'{"id": "x", "ts": 1, "counts": [9e99,0,0,0,0,0]}', "no counts"),
        (b'{"id": "x", "ts": 1, "counts": [4398046511104000,0,0,0,0,0]}', "absurd"),
        (b'{"id": "x", "ts": 1, "counts": [0,0,0,0,0,0], "nano": 90000000000000}', "absurd"),
        (b'{"id": "' + b"x" * 5000 + b'"}', "too long"),
    ],
)
def test_what_is_no_call_is_set_aside_and_named(
    pair: tuple[Laptop, Laptop], line: bytes, why: str
) -> None:
    """The rows before and after it count."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    path = folder.own_path(one.terms.place, one.machine)
    with open(path, "ab") as file:
        file.write(
            line + b"\n" + rows.Row("msg_9", NOW, "m", "main", (1,) * 6, CENT).line() + b"\n"
        )
    notes = two.sync().notes
    assert notes == [f"{one.machine.id}.jsonl: 1 line set aside, the first: {why}"]
    assert two.total() == 3 * CENT


def test_a_line_without_an_end_is_not_waited_for(pair: tuple[Laptop, Laptop]) -> None:
    """Over any length: it is passed over, and what stands behind it counts once it comes."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    path = Path(folder.own_path(one.terms.place, one.machine))
    whole = path.read_bytes()
    path.write_bytes(whole + b"x" * 20_000)
    assert two.sync().notes == [f"{path.name}: 1 line set aside, the first: a line without an end"]
    row = rows.Row("msg_9", NOW, "m", "main", (1,) * 6, CENT)
    path.write_bytes(whole + b"x" * 20_000 + b"\n" + row.line() + b"\n")
    two.sync()
    assert two.total() == 3 * CENT


def test_a_folder_can_neither_set_nor_raise_a_cap(pair: tuple[Laptop, Laptop]) -> None:
    """Whatever its rows say, only what is known as spent can grow."""
    one, two = pair
    two.spend("msg_1")
    one.sync()
    path = folder.own_path(one.terms.place, one.machine)
    with open(path, "ab") as file:
        file.write(b'{"id": "msg_8", "ts": 1, "counts": [0,0,0,0,0,0], "nano": -99}\n')
        file.write(b'{"id": "msg_1", "gone": 1}\n{"limit_usd": 999}\n')
    two.sync()
    assert two.total() == two.own()


def test_a_folder_cannot_make_another_machine_s_call_cheaper(
    pair: tuple[Laptop, Laptop], tmp_path: Path, shared: Path
) -> None:
    """A third file tells the same call with more tokens and no cost, and then takes it back."""
    one, two = pair
    odd = Laptop(tmp_path / "odd", shared)
    one.spend("msg_1", tokens=5000)
    one.sync()
    odd.sync()
    two.sync()
    path = folder.own_path(odd.terms.place, odd.machine)
    with open(path, "ab") as file:
        file.write(rows.Row("msg_1", NOW, "m", "main", (9999,) * 6, 0).line() + b"\n")
        file.write(b'{"id": "msg_1", "gone": 1}\n')
    two.sync()
    assert two.total() == 2 * CENT


@pytest.mark.parametrize("kind", ["link", "hard link", "directory's link"])
def test_a_link_in_the_folder_leads_to_no_other_file(
    pair: tuple[Laptop, Laptop], tmp_path: Path, kind: str
) -> None:
    """Whoever writes into the folder puts a link where this machine would write: it is replaced."""
    one, two = pair
    mine = tmp_path / "bashrc"
    mine.write_text("alias ll='ls -l'\n")
    path = Path(folder.own_path(one.terms.place, one.machine))
    if kind == "directory's link":
        (tmp_path / "elsewhere").mkdir()
        path.parent.symlink_to(tmp_path / "elsewhere")
    else:
        path.parent.mkdir()
        (path.symlink_to if kind == "link" else path.hardlink_to)(mine)
    one.spend("msg_1", tokens=5000)
    one.sync()
    two.sync()
    assert mine.read_text() == "alias ll='ls -l'\n"
    assert two.total() == 2 * CENT
    one.spend("msg_2", tokens=5000)
    one.sync()
    assert mine.read_text() == "alias ll='ls -l'\n"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000 + b"\n",
        b"[]\n", b"null\n", b'"x"\n', b"1\n",
        b'{"cheaproute": 1, "machine": "' + b"x" * 5000 + b'"}\n',
        b'{"cheaproute": 1, "machine": "../../../etc/x", "name": "a"}\n',
        b'{"cheaproute": 99, "machine": "00112233445566aa"}\n',
        b'{"cheaproute": 1, "machine": "00112233445566aa", "salt": "zz"}\n',
        b'{"cheaproute": 1, "machine": "00112233445566aa", "name": 7}\n' + b"\xff\n" * 50,
        b'{"cheaproute": 1, "machine": "00112233445566aa", "name": "\\u001b[2J"}\n{"id"',
        b"\0" * 100_000, b"",
    ],
    ids=lambda content: repr(content[:24]),
)  # fmt: skip
def test_whatever_lies_in_the_folder(
    pair: tuple[Laptop, Laptop], shared: Path, content: bytes
) -> None:
    """It is passed over or set aside in one line each; what the others told stays."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    (shared / "cheaproute" / "zz.jsonl").write_bytes(content)
    os.mkfifo(shared / "cheaproute" / "pipe.jsonl")
    (shared / "cheaproute" / "dir.jsonl").mkdir()
    (shared / "cheaproute" / "gone.jsonl").symlink_to("/nowhere/at/all")
    (shared / "cheaproute" / "loop.jsonl").symlink_to("loop.jsonl")
    done = two.sync()
    assert all("\n" not in note and "\x1b" not in note for note in done.notes)
    assert len(done.notes) <= 1
    assert two.total() == 2 * CENT


def test_foreign_and_deleted_files_are_no_loss(pair: tuple[Laptop, Laptop], shared: Path) -> None:
    """A note in the folder is passed over in one line; a file that is gone stays known."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    (shared / "cheaproute" / "notes.jsonl").write_text("shopping\n")
    assert two.sync().notes == ["notes.jsonl: not a machine's file, passed over"]
    os.unlink(folder.own_path(one.terms.place, one.machine))
    two.sync()
    assert two.total() == 2 * CENT
    one.sync()  # begins its file anew, whole
    assert len(told(one)) == 1


def test_a_sealed_folder_reads_only_with_the_passphrase(tmp_path: Path, shared: Path) -> None:
    """No count, model or project is readable in it; a wrong passphrase is said."""
    one = Laptop(tmp_path / "one", shared, passphrase="correct horse", projects=True)
    two = Laptop(tmp_path / "two", shared, passphrase="correct horse")
    odd = Laptop(tmp_path / "odd", shared, passphrase="wrong")
    bare = Laptop(tmp_path / "bare", shared)
    one.spend("msg_1", tokens=5000)
    one.sync()
    raw = Path(folder.own_path(one.terms.place, one.machine)).read_bytes()
    assert b"msg_1" not in raw
    assert b"opus" not in raw
    two.sync()
    heads = [
        folder.head(folder.own_path(laptop.terms.place, laptop.machine)) for laptop in (one, two)
    ]
    assert len({found and found.salt for found in heads}) == 2
    assert two.total() == 2 * CENT
    assert "another passphrase" in odd.sync().notes[0]
    assert "sealed" in " ".join(bare.sync().notes)
    assert bare.total() == 0


def test_no_text_is_told(pair: tuple[Laptop, Laptop]) -> None:
    """Without the user's word not even a project's name leaves."""
    one, _ = pair
    one.spend("msg_1")
    one.sync()
    assert told(one) == [
        {
            "id": "msg_1",
            "ts": NOW,
            "model": "claude-opus-5-5",
            "source": "main",
            "counts": [1000, 0, 0, 0, 0, 0],
            "nano": 4_000_000,
        }
    ]


def test_the_union_by_machine(pair: tuple[Laptop, Laptop]) -> None:
    """A report has each machine's calls, dollars and the time it was last heard of."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    two.sync()
    today = NOW // DAY_MS
    with closing(union.connect(str(two.data))) as db, closing(two.ledger()) as ledger:
        (spent,) = everywhere.by_machine(db, ledger, today, today + 1)
    assert (spent.machine, spent.sums.calls) == (one.machine.id, 1)
    assert spent.sums.cost_nano == 2 * CENT
    assert spent.as_of_ms == NOW
