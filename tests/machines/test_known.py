"""What a cap counts of other machines: never less than was known, and a guess where no price is."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap import limits, state
from cheaproute.cap.shared import elsewhere
from cheaproute.ledger.calls import record
from cheaproute.ledger.schema import MAIN
from cheaproute.machines import folder, union
from cheaproute.machines.lines import rows
from cheaproute.usage.call import Call
from tests.machines.test_sync import CENT, NOW, PRICES, Laptop, take_back
from tests.machines.test_sync import pair as pair  # noqa: PLC0414
from tests.machines.test_sync import shared as shared  # noqa: PLC0414

MONTH = "month:2026-11"


def counted(laptop: Laptop) -> int:
    """What a cap of the month counts on `laptop`."""
    with closing(laptop.ledger()) as db:
        limits.put(db, {"month": 10**15}, NOW)
        return state.state(db, 0, NOW).periods["month"].used


def say(laptop: Laptop, *words: rows.Row | bytes) -> None:
    """Whoever can write into the folder appends to `laptop`'s file."""
    path = folder.own_path(laptop.terms.place, laptop.machine)
    with open(path, "ab") as file:
        lines = (word if isinstance(word, bytes) else word.line() for word in words)
        file.writelines(line + b"\n" for line in lines)


def nameless(laptop: Laptop, name: str, *, requested: str = "", tokens: int = 1000) -> None:
    """A call of a model that nobody has a price for."""
    with closing(laptop.ledger()) as db:
        call = Call(name, NOW, "claude-next", input=tokens)
        call.requested = requested
        record.put(db, call, source=MAIN, prices=PRICES)


@pytest.mark.parametrize("requested", ["", "claude-haiku-5-5", "claude-after-next"])
def test_calls_without_a_price_count_as_one_s_own(
    pair: tuple[Laptop, Laptop], requested: str
) -> None:
    """By the model that was asked for, else by the newest Opus: alike on both machines."""
    one, two = pair
    nameless(one, "msg_1", requested=requested, tokens=50_000)
    one.sync()
    two.sync()
    assert counted(one) == counted(two) > 0
    found = elsewhere.read(str(two.data))
    assert found is not None
    assert found.periods[MONTH] == (0, 1)
    say(one, rows.Row("msg_2", NOW, "claude-next", "main", (50_000, 0, 0, 0, 0, 0), None))
    two.sync()
    assert counted(two) > counted(one)


def test_a_price_that_comes_later_takes_the_guess_s_place(pair: tuple[Laptop, Laptop]) -> None:
    """Where it is more than was guessed it counts; reports have it either way."""
    one, two = pair
    nameless(one, "msg_1", requested="claude-haiku-5-5")
    one.sync()
    two.sync()
    say(one, rows.Row("msg_1", NOW, "claude-next", "main", (1000, 0, 0, 0, 0, 0), 5 * CENT))
    two.sync()
    assert counted(two) == two.total() == 5 * CENT


@pytest.mark.parametrize(
    "word",
    [
        b'{"id": "msg_1", "gone": 1}',
        rows.Row("msg_1", NOW, "m", "main", (9999,) * 6, 0).line(),
        rows.Row("msg_1", NOW - 40 * 86_400_000, "m", "main", (9999,) * 6, 0).line(),
        b'{"id": "msg_1", "ts": 1, "counts": [9,9,9,9,9,9999999], "nano": null}',
    ],
)
def test_nothing_in_the_folder_makes_known_spending_less(
    pair: tuple[Laptop, Laptop], word: bytes
) -> None:
    """Whatever a file with that machine's own head says: the cap keeps what it knew, for ever."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.spend("msg_2", tokens=5000)
    one.sync()
    two.sync()
    before = counted(two)
    assert before == 4 * CENT
    say(one, word)
    for _ in range(3):
        two.sync()
    assert counted(two) == before
    Path(folder.own_path(one.terms.place, one.machine)).unlink()
    two.sync()
    assert counted(two) == before


def test_a_forged_word_before_the_true_one_does_not_keep_it_out(
    pair: tuple[Laptop, Laptop], tmp_path: Path, shared: Path
) -> None:
    """Told first by another file, for nothing: the true price counts when it comes."""
    one, two = pair
    odd = Laptop(tmp_path / "odd", shared)
    odd.sync()
    say(odd, rows.Row("msg_1@req", NOW, "claude-opus-5-5", "main", (5000, 0, 0, 0, 0, 0), 0))
    two.sync()
    one.spend("msg_1", tokens=5000)
    one.sync()
    two.sync()
    assert counted(two) == 2 * CENT


def test_an_estimate_that_is_taken_back_leaves_the_reports_and_not_the_cap(
    pair: tuple[Laptop, Laptop],
) -> None:
    """The cap errs on the side of what was known; the own machine's word about itself holds."""
    one, two = pair
    take_back(one, two)
    assert two.total() == one.own() == counted(one)
    assert counted(two) == 4 * CENT


def test_what_the_own_ledger_comes_to_hold_counts_there_alone(pair: tuple[Laptop, Laptop]) -> None:
    """The transcript arrives here, too: its spending moves over, and is not counted twice."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    nameless(one, "msg_2")
    one.sync()
    two.sync()
    before = counted(two)
    two.spend("msg_1", tokens=5000)
    nameless(two, "msg_2")
    two.sync()
    assert counted(two) == before == counted(one)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("msg_1@req_1", "msg_1@req_1.a3f"),
        ("msg_1", "msg_1@0c5ff9e2-0000-4000-8000-000000000000"),
        ("chatcmpl-x@chatcmpl-x", "chatcmpl-x@chatcmpl-x.99"),
        ("msg_1#advisor:0", "msg_1@req_1#advisor:0"),
    ],
)
@pytest.mark.parametrize("first", ["older", "newer"])
def test_two_versions_names_are_one_call(
    tmp_path: Path, shared: Path, older: str, newer: str, first: str
) -> None:
    """Two machines of one home's transcripts, one renewed: a third counts their calls once."""
    laptops = {name: Laptop(tmp_path / name, shared) for name in ("older", "newer", "third")}
    names = {"older": older, "newer": newer}
    for name in (first, "newer" if first == "older" else "older"):
        laptops[name].sync()
        row = rows.Row(names[name], NOW, "m", "main", (5, 4, 3, 2, 1, 0), 2 * CENT)
        say(laptops[name], row, rows.Row(f"own_{name}", NOW, "m", "main", (1,) * 6, CENT))
        laptops["third"].sync()
    assert laptops["third"].total() == 4 * CENT


def test_calls_that_only_look_alike_are_two(tmp_path: Path, shared: Path) -> None:
    """Another time, other counts, another message, or the same machine: each counts."""
    one, two, third = (Laptop(tmp_path / name, shared) for name in ("one", "two", "third"))
    counts = (5, 4, 3, 2, 1, 0)
    for laptop in (one, two):
        laptop.sync()
    say(one, rows.Row("msg_1@a", NOW, "m", "main", counts, CENT))
    say(one, rows.Row("msg_1@b", NOW, "m", "main", counts, CENT))
    say(two, rows.Row("msg_1@c", NOW + 1, "m", "main", counts, CENT))
    say(two, rows.Row("msg_2@a", NOW, "m", "main", counts, CENT))
    say(two, rows.Row("msg_1@d", NOW, "m", "main", (6, 4, 3, 2, 1, 0), CENT))
    say(two, rows.Row("msg_1@a#advisor:0", NOW, "m", "main", counts, CENT))
    third.sync()
    assert third.total() == 6 * CENT


def test_a_union_of_before_is_renewed(pair: tuple[Laptop, Laptop]) -> None:
    """Without the new column and table: what it knew stays known, and all is told once more."""
    one, two = pair
    one.spend("msg_1", tokens=5000)
    one.sync()
    two.sync()
    with closing(sqlite3.connect(two.data / union.FILE)) as db:
        db.executescript(
            "DROP TABLE floor; ALTER TABLE call DROP COLUMN requested; PRAGMA user_version = 1;"
        )
    say(one, json.dumps({"id": "msg_1", "gone": 1}).encode())
    two.sync()
    assert counted(two) == 2 * CENT
