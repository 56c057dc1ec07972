"""Machines name a call alike where it is the same, and apart where it is not."""

from __future__ import annotations

import random
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap.shared import elsewhere
from cheaproute.days import DAY_MS
from cheaproute.ledger import intern
from cheaproute.ledger.calls import record
from cheaproute.ledger.ingest import ingest, tracked
from cheaproute.ledger.schema import HELPER, TRACKED, UNLISTED
from cheaproute.machines import folder, names, union
from cheaproute.machines.lines import rows
from cheaproute.usage.call import Call
from tests.machines.test_sync import PRICES, Laptop, told
from tests.transcripts import SESSION, assistant, cost_state, write

NOW = 1_795_341_600_000  # 2026-11-22
SONNET = "claude-sonnet-5-5"
OTHER = "22222222-2222-4333-8444-555555555555"
THIRD = "33333333-2222-4333-8444-555555555555"
LISTED, BOOKED = 4_000_000, 11_000_000
SPENT = {SONNET: (2000, 1100, 0.015)}
USED = {"input_tokens": 1000, "output_tokens": 200}  # 0.4 cents on Sonnet


@pytest.fixture
def three(tmp_path: Path) -> tuple[Laptop, Laptop, Laptop]:
    """Three laptops that share a folder."""
    shared = tmp_path / "shared"
    shared.mkdir()
    one, two, odd = (Laptop(tmp_path / name, shared) for name in ("one", "two", "odd"))
    return one, two, odd


def read(laptop: Laptop, session: str, *lines: Any) -> None:
    """Put a transcript of `session` there, and count it."""
    path = write(laptop.data.parent / f"{session}.jsonl", *lines)
    with closing(laptop.ledger()) as db:
        ingest.meter(db, path, NOW, PRICES)


def booked(laptop: Laptop, session: str) -> None:
    """A session with one listed call and $0.011 that only the client's total has."""
    name = f"msg_01Ab9XyZKq47Lm{session[:8]}"
    call = assistant(name, model=SONNET, used=USED, session=session, uuid=f"{session}-1")
    start = NOW - 3_600_000 - 1000 * int(session[0])
    read(laptop, session, call, cost_state(SPENT, session=session, start=start))


def gateway(laptop: Laptop, session: str, *uuids: str, **fields: Any) -> None:
    """Calls behind a gateway that answers each under one message id."""
    lines = []
    for at, uuid in enumerate(uuids):
        row = assistant(
            "msg_gw", model=SONNET, used=USED | {"output_tokens": 200 + 10 * at}, session=session,
            ts=f"2026-11-22T09:5{at}:00.000Z", uuid=uuid, parentUuid=f"before-{uuid}",
        )  # fmt: skip
        row.pop("requestId")
        lines.append(row | fields)
    read(laptop, session, *lines)


def rounds(*laptops: Laptop) -> set[int]:
    """The totals after everybody has told and heard all."""
    for laptop in (*laptops, *laptops):
        laptop.sync(NOW)
    return {laptop.total() for laptop in laptops}


def test_two_sessions_of_one_number_are_two(three: tuple[Laptop, Laptop, Laptop]) -> None:
    """Each ledger numbers from one: another session's booking of that number is real, too."""
    one, two, odd = three
    booked(one, SESSION)
    booked(two, OTHER)
    assert one.own() == two.own() == LISTED + BOOKED
    assert rounds(one, two, odd) == {2 * (LISTED + BOOKED)}


def test_one_session_under_two_numbers_is_one(three: tuple[Laptop, Laptop, Laptop]) -> None:
    """A transcript that both have, each under a number of its own ledger."""
    one, two, odd = three
    booked(one, SESSION)
    booked(two, OTHER)
    booked(two, SESSION)
    assert rounds(one, two, odd) == {2 * (LISTED + BOOKED)}
    booked(one, OTHER)  # the other's transcript arrived, too
    assert rounds(one, two, odd) == {2 * (LISTED + BOOKED)}


@pytest.mark.parametrize("count", [1, 3])
def test_behind_a_gateway_each_machine_s_calls_count(
    three: tuple[Laptop, Laptop, Laptop], count: int
) -> None:
    """One message id for all and no request id: the rows of the transcripts tell calls apart."""
    one, two, odd = three
    gateway(one, SESSION, *(f"a{at}" for at in range(count)))
    gateway(two, OTHER, *(f"b{at}" for at in range(count)))
    assert one.own() == two.own() >= count * LISTED
    assert rounds(one, two, odd) == {one.own() + two.own()}


def test_behind_a_gateway_a_transcript_that_both_have_counts_once(
    three: tuple[Laptop, Laptop, Laptop],
) -> None:
    """Whichever call each ledger met first, and so keeps under the bare message id."""
    one, two, odd = three
    gateway(one, SESSION, "a0", "a1", "a2")
    alone = one.own()
    gateway(two, OTHER, "b0", "b1")
    other = two.own()
    gateway(one, OTHER, "b0", "b1")
    gateway(two, SESSION, "a0", "a1", "a2")
    assert one.own() == two.own() == alone + other
    assert rounds(one, two, odd) == {alone + other}


@pytest.mark.parametrize("ref", [None, "ref"])
def test_a_gateway_s_request_id_for_all_names_none(
    three: tuple[Laptop, Laptop, Laptop], ref: str | None
) -> None:
    """Nor does a count that each gateway begins anew: the client's reference or session does."""
    one, two, odd = three
    for laptop, session in ((one, SESSION), (two, OTHER), (odd, SESSION)):
        fields = {"requestId": "req_1"} | ({"requestRef": f"{ref}_{session[:7]}"} if ref else {})
        gateway(laptop, session, f"row-{session}", **fields)
    assert one.own() == two.own() == LISTED
    assert rounds(one, two, odd) == {2 * LISTED}


def hidden(laptop: Laptop, amounts: dict[int, int], session: str = SESSION) -> None:
    """{minute: tokens} that totals of one session, a model and day have beyond its rows."""
    with closing(laptop.ledger()) as db:
        number = intern.session_id(db, session)
        for at, (minute, tokens) in enumerate(amounts.items()):
            ts_ms = NOW + 60_000 * minute
            name = f"unlisted:{number}:{SONNET}:{NOW // DAY_MS}" + (f".{ts_ms}" if at else "")
            call = Call(name, ts_ms, SONNET, input=tokens)
            record.put(db, call, source=UNLISTED, prices=PRICES, session_id=number)


def knows_total(laptop: Laptop, minute: int) -> None:
    """The client's total of then is known."""
    with closing(laptop.ledger()) as db:
        values = (intern.session_id(db, SESSION), NOW + 60_000 * minute)
        db.execute("INSERT INTO cost_state VALUES(?, ?, 0, 0, '{}', 0, 0, 0)", values)


@pytest.mark.parametrize("before", [{0: 1000}, {}])
@pytest.mark.parametrize("seed", range(4))
def test_a_session_gone_on_with_on_two_machines_has_what_is_hidden_in_each(
    three: tuple[Laptop, Laptop, Laptop], seed: int, before: dict[int, int]
) -> None:
    """Its first total is in both, of this day or an earlier one; each has later ones of its own."""
    one, two, odd = three
    whole = 2000 * (sum(before.values()) + 870)
    hidden(one, before | {1: 300, 2: 70})
    hidden(two, before | {5: 500})
    chance = random.Random(seed)
    for _ in range(4):
        chance.choice(three).sync(NOW)
    assert rounds(one, two, odd) == {whole}
    hidden(odd, before | {5: 500})  # one's transcript arrived there, too
    assert rounds(one, two, odd) == {whole}


@pytest.mark.parametrize("seed", range(3))
def test_what_a_total_has_beyond_rows_counts_once_however_it_is_dated(
    three: tuple[Laptop, Laptop, Laptop], seed: int
) -> None:
    """One has it by its compactions, another (booked by an earlier version) as a whole.

    And one that knows the total knows of each call: what it has of them is no booking.
    """
    one, two, odd = three
    hidden(one, {1: 300, 2: 700})
    hidden(two, {9: 1000})
    for laptop in (one, two):
        knows_total(laptop, 9)
    chance = random.Random(seed)
    for _ in range(4):
        chance.choice(three).sync(NOW)
    assert rounds(one, two, odd) == {1000 * 2000}
    knows_total(odd, 9)
    with closing(odd.ledger()) as db:
        call = Call("msg_summary", NOW, SONNET, input=1000)
        record.put(db, call, source=HELPER, prices=PRICES)
    odd.sync(NOW)
    assert odd.total() == 1000 * 2000


def as_before(laptop: Laptop) -> None:
    """Its file, as the version before would have written it: sums by day, and nothing else new."""
    path = Path(folder.own_path(laptop.terms.place, laptop.machine))
    head, *lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"gone"' not in line]
    path.write_bytes(head + b"".join(line.replace(b',"sum":1', b"") for line in kept))


def test_a_machine_of_before_tells_and_hears_one_sum_a_day(
    three: tuple[Laptop, Laptop, Laptop],
) -> None:
    """It counts once beside the same told one by one; renewed, it has the rest as well."""
    one, two, odd = three
    hidden(one, {0: 1000, 1: 300})
    hidden(two, {0: 1000, 5: 500})
    one.sync(NOW)
    as_before(one)
    seen = [row for row in told(one) if not row.get("gone")]
    assert [row["counts"][0] for row in seen] == [1300]  # type: ignore[index]
    assert seen[0]["id"] == f"unlisted:{SESSION}:{SONNET}:{NOW // DAY_MS}"
    for laptop in (two, odd, two, odd):
        laptop.sync(NOW)
    assert two.total() == odd.total() == 1500 * 2000
    with closing(union.connect(str(one.data))) as db:  # that version is gone
        db.execute("DELETE FROM sent WHERE id LIKE '%.%'")
        db.execute("UPDATE sent SET crc = crc + 1")
        db.execute("UPDATE source SET offset = 0, tail = x''")
        db.execute("DELETE FROM day")
    assert rounds(one, two, odd) == {1800 * 2000}


def test_a_model_s_name_with_a_slash(three: tuple[Laptop, Laptop, Laptop]) -> None:
    """A gateway's models have one; it divides no machine from its id."""
    one, two, odd = three
    for laptop in (one, two):
        read(laptop, SESSION, cost_state({"mine/model-x": SPENT[SONNET]}))
    with closing(one.ledger()) as db:
        (name,) = db.execute("SELECT id FROM call").fetchone()
    assert "mine/model-x" in name
    rounds(one, two, odd)
    unknown = {}
    for laptop in three:
        found = elsewhere.read(str(laptop.data))
        assert found is not None
        unknown[laptop] = found.periods["month:2026-11"][1]
    assert unknown == {one: 0, two: 0, odd: 1}


def test_an_earlier_version_s_names_are_that_machine_s_own(
    three: tuple[Laptop, Laptop, Laptop],
) -> None:
    """The number in it is of that ledger; once that machine is renewed it takes the name back."""
    one, two, _ = three
    booked(two, SESSION)
    with closing(two.ledger()) as db:
        (local,) = db.execute("SELECT id FROM call WHERE source = ?", (UNLISTED,)).fetchone()
    one.sync(NOW)
    path = Path(folder.own_path(one.terms.place, one.machine))
    line = rows.Row(f"{one.machine.id}/{local}", NOW, SONNET, "unlisted", (1,) * 6, BOOKED).line()
    path.write_bytes(path.read_bytes() + line + b"\n")
    two.sync(NOW)
    assert two.total() == LISTED + 2 * BOOKED


def before(_: object, call: names.Own, machine: str) -> str:
    """What the version before called it."""
    return f"{machine}/{call.id}" if call.source == UNLISTED else names.former(call)


def renew(laptop: Laptop) -> None:
    """What it kept was kept by the version before."""
    with closing(union.connect(str(laptop.data))) as db:
        db.execute("PRAGMA user_version = 0")


def test_a_home_of_an_earlier_version_tells_anew_and_doubles_nothing(
    three: tuple[Laptop, Laptop, Laptop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in its file under the old names is taken back, and read by all who had it."""
    one, two, odd = three
    booked(one, SESSION)
    gateway(one, THIRD, "a0", "a1")
    booked(two, OTHER)
    gateway(two, "4" + THIRD[1:], "b0", "b1")
    real = one.own() + two.own()
    with monkeypatch.context() as patch:
        patch.setattr(names, "of", before)
        rounds(one, two, odd)
    assert any(str(row["id"]).startswith(one.machine.id) for row in told(one))
    for laptop in three:
        renew(laptop)
    assert rounds(*three) == {real}


def test_a_copied_home_of_an_earlier_version_doubles_nothing(
    three: tuple[Laptop, Laptop, Laptop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old laptop is gone, its file stays under the old names; the new one has its ledger."""
    one, two, _ = three
    booked(one, SESSION)
    with monkeypatch.context() as patch:
        patch.setattr(names, "of", before)
        one.sync(NOW)
    shutil.copytree(one.data, tmp_path / "new" / "data")
    new = Laptop(tmp_path / "new", Path(one.terms.place))
    renew(new)
    assert rounds(new, two) == {LISTED + BOOKED}
    Path(folder.own_path(new.terms.place, new.machine)).unlink()  # and its file is lost, once
    assert rounds(new, two) == {LISTED + BOOKED}


def test_calls_that_a_program_reports_are_each_their_own(
    three: tuple[Laptop, Laptop, Laptop], tmp_path: Path
) -> None:
    """No id of the API names them: alike on two machines they are two, in a copied home one."""
    one, two, odd = three
    for laptop in (one, two):
        with closing(laptop.ledger()) as db:
            call = tracked.new(SONNET, 1000, 200, NOW)
            record.put(db, call, source=TRACKED, prices=PRICES)
    shutil.copytree(one.data, tmp_path / "copy" / "data")
    again = Laptop(tmp_path / "copy", Path(one.terms.place))
    assert rounds(one, two, odd, again) == {2 * LISTED}
