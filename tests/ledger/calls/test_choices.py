"""A choice of the main loop's model, by its two parts: the price of the model, the switch."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.ledger.query import choices
from cheaproute.money import show
from cheaproute.usage import prices as tables
from cheaproute.usage import switching
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano
from tests.hook.mod.test_questions import OPUS, UUID, Home

SONNET = "claude-sonnet-5-5"
PRICES = tables.load()
COUNTS = st.integers(min_value=0, max_value=300_000)
AUTO = '[routing]\nmain = "auto"\n'


def call(model: str, *, written: int, read: int, output: int = 100) -> Call:
    """A call with a context written and read."""
    return Call("x", 1_795_000_000_000, model, output=output, write_5m=written, read=read)


def cost(one: Call) -> int:
    """Its list price."""
    found = cost_nano(one, PRICES)
    assert found is not None
    return found


@given(written=COUNTS, read=COUNTS, output=COUNTS, before=COUNTS)
def test_the_two_parts_are_the_whole(written: int, read: int, output: int, before: int) -> None:
    """Together they are what the loop would have cost on its own model, less what it did."""
    one = call(SONNET, written=written, read=read, output=output)
    kept = switching.would_read(one, before, warm=True)
    found = switching.parts_nano(one, OPUS, kept, PRICES)
    assert found is not None
    spent, price, switch = found
    stayed = call(OPUS, written=written + read - kept, read=kept, output=output)
    assert spent == cost(one)
    assert price + switch == cost(stayed) - spent
    assert switch <= 0


def test_a_cold_switch_costs_what_it_writes_anew() -> None:
    """100,000 tokens that Opus had cached are written for Sonnet: the price does not pay that."""
    one = call(SONNET, written=100_000, read=0)
    read = switching.would_read(one, 100_000, warm=True)
    assert read == 100_000
    found = switching.parts_nano(one, OPUS, read, PRICES)
    assert found is not None
    _, price, switch = found
    assert price == cost(call(OPUS, written=100_000, read=0)) - cost(one)
    assert price + switch == cost(call(OPUS, written=0, read=100_000)) - cost(one) < 0


@pytest.mark.parametrize(
    ("written", "read", "before", "warm", "kept"),
    [
        (50_000, 0, 50_000, False, 0),  # nothing lived: it would have been written there, too
        (20_000, 0, 90_000, True, 0),  # another conversation (after a compaction)
        (10_000, 80_000, 80_000, True, 80_000),  # no switch at all
        (60_000, 30_000, 0, True, 30_000),  # a session's first
    ],
)
def test_what_would_have_been_read(
    written: int, read: int, before: int, *, warm: bool, kept: int
) -> None:
    """By the loop's call before it."""
    one = call(SONNET, written=written, read=read)
    assert switching.would_read(one, before, warm=warm) == kept


def record(number: int, model: str, *, written: int, read: int) -> dict[str, object]:
    """An answered request of the main loop."""
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 100 + number)),
        "session.id": UUID,
        "request_id": f"req_011CQabcdefghij{number:08d}",
        "model": model,
        "input_tokens": 0,
        "output_tokens": 100,
        "cache_creation_tokens": written,
        "cache_creation_5m_tokens": written,
        "cache_read_tokens": read,
        "cost_usd_micros": 1,
        "query_source": "sdk",
        "duration_ms": 1_000,
    }


def ask(home: Home, turn: str, prompt: str, *told: dict[str, object]) -> str:
    """The model chosen for a turn, where `told` was answered before it."""
    answer = home.ask(
        "ModStep", calls=list(told), turn_id=turn, model=OPUS, session_model=OPUS, prompt=prompt
    )
    return str(answer.get("model", ""))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A user whose main loop is chosen."""
    made = Home(tmp_path)
    made.data.mkdir()
    (made.data / "config.toml").write_text(AUTO)
    made.ask("ModStart", version="2.1.332")
    return made


def test_there_and_back(home: Home) -> None:
    """What the turn and the first call back on the own model saved is the choice's, once."""
    there = [record(1, SONNET, written=90_000, read=0), record(2, SONNET, written=500, read=90_000)]
    back = record(3, OPUS, written=91_000, read=0)
    after = record(4, OPUS, written=500, read=91_000)
    assert ask(home, "one", "rename this variable in main.py") == SONNET
    for _ in range(2):  # told again by another copy of the module
        home.ask("ModBook", calls=there)
    ask(home, "two", "Use opus: prove it.")
    home.ask("ModBook", calls=[back, after])
    home.ask("ModBook", calls=[back, after])
    with closing(home.ledger()) as db:
        whole = choices.between(db, 0, 1 << 60)
        (turn,) = [one for one in choices.latest(db, 9) if one.model]
        (saved,) = db.execute("SELECT sum(saved_nano) FROM call").fetchone()
        (daily,) = db.execute("SELECT sum(saved_nano) FROM daily").fetchone()
    calls = [
        call(SONNET, written=90_000, read=0),
        call(SONNET, written=500, read=90_000),
    ]
    stayed = [call(OPUS, written=90_000, read=0), call(OPUS, written=500, read=90_000)]
    price = sum(map(cost, stayed)) - sum(map(cost, calls))
    switch = cost(call(OPUS, written=500, read=90_500)) - cost(call(OPUS, written=91_000, read=0))
    assert (whole.turns, whole.calls, whole.price_nano, whole.switch_nano) == (1, 2, price, switch)
    assert turn.calls == 2  # what the own model did then is none of the turn's
    assert turn.cost_nano == whole.cost_nano == sum(map(cost, calls))
    assert (turn.model, turn.over, turn.saved_nano) == (SONNET, OPUS, price + switch)
    assert saved == daily == price + switch


def test_a_batch_told_again_changes_nothing(home: Home) -> None:
    """A call from before the choice is no way back, though the loop runs on the other by now."""
    told = [
        record(1, OPUS, written=50_000, read=0),
        record(2, SONNET, written=50_100, read=0),
        record(3, SONNET, written=100, read=50_100),
    ]
    assert ask(home, "one", "rename this variable in main.py") == SONNET
    seen = []
    for batch in (told, told, told[:1], told):
        home.ask("ModBook", calls=batch)
        with closing(home.ledger()) as db:
            whole = choices.between(db, 0, 1 << 60)
            seen.append((whole.calls, whole.saved_nano))
            saved = db.execute("SELECT saved_nano FROM call ORDER BY ts_ms").fetchall()
            assert saved[0] == (0,)
            assert sum(nano for (nano,) in saved) == whole.saved_nano
    assert seen == [(2, seen[0][1])] * 4


def test_a_turn_is_named_by_what_was_chosen(home: Home) -> None:
    """Not by its way back, be that spelled otherwise, or all that is left of the turn."""
    long = f"{OPUS}[1m]"
    asked = {"turn_id": "one", "model": long, "session_model": long}
    chosen = home.ask("ModStep", **asked, prompt="rename this variable in main.py")["model"]
    assert chosen == SONNET
    told = [
        record(1, SONNET, written=50_100, read=0),
        record(2, OPUS, written=50_100, read=0),
    ]
    home.ask("ModBook", calls=told[:1])
    asked["turn_id"] = "two"
    assert "model" not in home.ask("ModStep", **asked, prompt="Use opus: prove it.")
    home.ask("ModBook", calls=told[1:])
    with closing(home.ledger()) as db:
        (turn,) = [one for one in choices.latest(db, 9) if one.model]
        assert (turn.model, turn.over, turn.calls) == (SONNET, long, 1)
        db.execute("DELETE FROM choice WHERE model = ?", (SONNET,))  # as retention may
        assert choices.between(db, 0, 1 << 60).calls == 0
        assert not any(one.model for one in choices.latest(db, 9))


def test_what_nobody_chose_is_no_choice(home: Home) -> None:
    """A model by the user's own word, and a session on its own model, book nothing."""
    assert ask(home, "one", "Use opus: rename it.") == ""
    home.ask("ModBook", calls=[record(1, OPUS, written=9_000, read=0)])
    home.ask("ModBook", calls=[record(2, "claude-haiku-5-5", written=9_000, read=0)])
    with closing(home.ledger()) as db:
        assert choices.between(db, 0, 1 << 60).calls == 0


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([(OPUS, 12_500, 0)], 12_500),  # it wrote the beginning, and a prompt of its own
        ([(OPUS, 700, 12_000), (OPUS, 300, 12_700)], 12_000),  # it read the beginning alone
        ([(SONNET, 12_500, 0)], 0),  # another model's cache
        ([(OPUS, 90_000, 0)], 13_000),  # no more than there was to read
    ],
)
def test_a_sessions_beginning_may_be_in_the_own_models_cache(
    home: Home, others: list[tuple[str, int, int]], found: int
) -> None:
    """Another session of the project used it just before: the own model would have read it."""
    other = {"session.id": UUID.replace("1", "9")}
    told = [
        record(n, model, written=written, read=read) | other
        for n, (model, written, read) in enumerate(others, 1)
    ]
    home.ask("ModBook", calls=told, session_id=UUID.replace("1", "9"))
    assert ask(home, "one", "rename this variable in main.py") == SONNET
    home.ask("ModBook", calls=[record(9, SONNET, written=13_000, read=0)])
    with closing(home.ledger()) as db:
        whole = choices.between(db, 0, 1 << 60)
    stayed = call(OPUS, written=13_000 - found, read=found)
    assert whole.saved_nano == cost(stayed) - cost(call(SONNET, written=13_000, read=0))


def test_a_turn_on_a_model_of_the_users_choice_saves_nothing(home: Home) -> None:
    """A skill's `model: haiku` after a routed turn, routing switched off: no call of it is ours."""
    assert ask(home, "one", "rename this variable in main.py") == SONNET
    home.ask("ModBook", calls=[record(2, SONNET, written=40_100, read=0)])
    (home.data / "config.toml").write_text('[routing]\nmain = "off"\n')
    home.ask("ModBook", calls=[record(3, OPUS, written=40_200, read=0)])
    haiku = "claude-haiku-5-5"
    home.ask("ModBook", calls=[record(4, haiku, written=40_400, read=0)])
    home.ask("ModBook", calls=[record(5, haiku, written=200, read=40_400)])
    with closing(home.ledger()) as db:
        saved = [nano for (nano,) in db.execute("SELECT saved_nano FROM call ORDER BY ts_ms")]
        whole = choices.between(db, 0, 1 << 60)
    assert saved[2:] == [0, 0]
    assert sum(saved) == whole.saved_nano


@pytest.mark.parametrize(("context", "dearer"), [(40_000, False), (150_000, True)])
def test_a_turn_of_cheap_that_cost_more_says_so(home: Home, context: int, *, dearer: bool) -> None:
    """In the line under the answer; a long context costs more on Haiku than a warm one on Opus."""
    haiku = "claude-haiku-5-5"
    home.ask("ModBook", calls=[record(1, OPUS, written=500, read=context)])
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 98))
    content = "<command-name>/cheap</command-name>"
    row = {"type": "user", "timestamp": at, "message": {"content": content}}
    path = home.data.parent / ".claude/projects/-tmp-p" / f"{UUID}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(row, separators=(",", ":")) + "\n")
    answer = home.ask("ModTurnEnd", calls=[record(5, haiku, written=context + 800, read=0)])
    assert answer["line"].startswith("this turn ran on Haiku: $")
    more = cost(call(haiku, written=context + 800, read=0)) - cost(
        call(OPUS, written=300, read=context + 500)
    )
    said = f", {show(more)} more than on Opus with its cache warm"
    assert (more > 0) is dearer
    assert answer["line"].endswith(said) is dearer


def test_it_is_shown(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """`costs`, its JSON and `why` say both parts, and they add up."""
    from cheaproute.cli import main

    assert ask(home, "one", "rename this variable in main.py") == SONNET
    home.ask("ModBook", calls=[record(1, SONNET, written=90_000, read=0)])
    said = {}
    before = dict(os.environ)
    os.environ.update(home.env)
    try:
        for words in (["costs", "--json"], ["costs"], ["why", "--json"], ["why"]):
            main.main(words)
            said[" ".join(words)] = capsys.readouterr().out
    finally:
        os.environ.clear()
        os.environ.update(before)
    told = json.loads(said["costs --json"])
    parts = told["main_loop_choices"]
    both = parts["saved_by_price_usd"] + parts["saved_by_switching_usd"]
    assert told["saved_usd"] == pytest.approx(both, abs=1e-9)
    (turn,) = json.loads(said["why --json"])
    assert turn["saved_by_price_usd"] == parts["saved_by_price_usd"]
    for shown in ("costs", "why"):
        assert "by the model's price" in " ".join(said[shown].split())


@pytest.mark.parametrize(
    ("price", "switch", "said"),
    [
        (200, -30, "saved $0.17: $0.20 by the model's price, less $0.03 by switching"),
        (20, -85, "cost $0.065 more: $0.085 by switching, less $0.02 by the model's price"),
        (200, 0, "saved $0.20 by the model's price"),
    ],
)
def test_signs_are_those_of_the_bill(price: int, switch: int, said: str) -> None:
    """A minus is less to pay, as in the line under an answer."""
    chosen = choices.Chosen(price_nano=price * 1_000_000, switch_nano=switch * 1_000_000)
    assert chosen.words == said
