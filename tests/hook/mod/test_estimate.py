"""What a request with images and documents is thought to cost: as the API counts, never under."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.cap import expected
from cheaproute.hook.mod import estimate
from cheaproute.money import NANO
from tests.conftest import ROOT
from tests.hook.mod.test_questions import FLIGHT, Home, record

counts = st.integers(0, 40)


def home(place: Path, dollars: int) -> Home:
    """A home with a monthly cap of so many dollars."""
    return Home(place, dollars * NANO)


def held(place: Home, **more: object) -> float:
    """Dollars set aside for a request like FLIGHT with `more`."""
    flight = {**FLIGHT, **more}
    answer = place.ask("ModGate", flight=flight, flights=[flight])
    assert "deny" not in answer, answer
    with closing(place.ledger()) as db:
        row = db.execute("SELECT sum(nano) FROM reservation WHERE purpose = 'request'").fetchone()
    return float(row[0]) / 1e9


def test_images_count_by_what_the_api_counts(tmp_path: Path) -> None:
    """Twenty screenshots are at most $0.48 on Opus 5.5, however long their base64 is."""
    place = home(tmp_path, 100)
    plain = held(place)
    assert held(place, images=20) - plain == pytest.approx(20 * 4784 * 5e-6, rel=0.01)


def test_pages_count_by_their_number(tmp_path: Path) -> None:
    """A document of ten pages is at most $0.24; one that does not say is no more than a window."""
    place = home(tmp_path, 100)
    plain = held(place)
    assert held(place, pages=10) - plain == pytest.approx(10 * 4784 * 5e-6, rel=0.01)
    assert held(place, pdf_bytes=12_000_000) <= 1_000_000 * 5e-6 + 0.02


def test_what_the_conversation_holds_already_is_not_counted_again(tmp_path: Path) -> None:
    """After an answer with five images the next request costs what is new, read from the cache."""
    place = home(tmp_path, 100)
    place.ask("ModStart", version="2.1.332")
    before = record(1, images=5, input_tokens=1000, cache_creation_tokens=23_000)
    place.ask("ModBook", calls=[before])
    again = held(place, images=5)
    assert again < 0.03
    assert held(place, images=6) - again >= 1600 * 5e-6


@given(images=counts, pages=counts, more=st.sampled_from(["images", "pages", "pdf_bytes"]))
def test_more_is_never_thought_to_be_less(images: int, pages: int, more: str) -> None:
    """Each image and page adds what the API may count for it; nonsense counts as nothing."""
    told: dict[str, object] = {"bytes": 1000, "images": images, "pages": pages}
    size = estimate.size(told)
    assert size >= 1000 + 4 * (1600 * images + 2500 * pages)
    have = told.get(more)
    assert estimate.size({**told, more: (have if isinstance(have, int) else 0) + 1}) > size
    for nonsense in (-1, "5", None, True, 1.5):
        without = {**told, more: 0}
        assert estimate.size({**told, more: nonsense}) == estimate.size(without)


BODY: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "messages": [
        {"type": "text", "text": 'say {"type":"base64","media_type":"image/png","data":"x"}'},
        {"source": {"type": "base64", "media_type": "image/png", "data": "AAAA" * 5000}},
        {"source": {"type": "base64", "data": "/Type /Pages", "media_type": "application/pdf"}},
        {"source": {"data": "QUJD" * 1000, "type": "base64", "media_type": "application/pdf"}},
        {"type": "tool_use", "input": {"data": "no picture", "type": "base64"}},
    ],
    "max_tokens": 32000,
}
PDF = b"%PDF-1.4 << /Type /Pages /Kids [] /Count 3 >> << /Type /Page >> << /Type/Page >>"


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node to run the module's functions")
def test_the_hand_tells_images_and_pages_from_text(tmp_path: Path) -> None:
    """Base64 of an image or a document is no text; what only looks like it is."""
    BODY["messages"][2]["source"]["data"] = base64.b64encode(PDF).decode()
    shutil.copy(Path(ROOT, "hooks", "mod", "request.js"), tmp_path / "request.mjs")
    program = (
        'import { flightOf } from "./request.mjs"; let all = "";'
        'process.stdin.on("data", part => (all += part)).on("end", () =>'
        ' console.log(JSON.stringify(flightOf("https://x/v1/messages", { body: all }))))'
    )
    (tmp_path / "try.mjs").write_text(program)
    body = json.dumps(BODY, separators=(",", ":"))
    done = subprocess.run(
        ["node", str(tmp_path / "try.mjs")],
        input=body,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    flight = json.loads(done.stdout)
    media = 20_000 + len(BODY["messages"][2]["source"]["data"]) + 4000
    assert flight["bytes"] == len(body) - media
    assert (flight["images"], flight["pages"], flight["pdf_bytes"]) == (1, 3, 3000)
    assert (flight["model"], flight["max_tokens"]) == ("claude-opus-5-5", 32000)


def test_a_cap_is_not_reached_by_the_length_of_pictures(tmp_path: Path) -> None:
    """With $2 left forty photographs of 3 MB go out: they were thought to cost $200."""
    place = home(tmp_path, 2)
    flight = {**FLIGHT, "images": 40}
    assert "deny" not in place.ask("ModGate", flight=flight, flights=[flight])


def test_an_agent_is_thought_to_be_as_dear_as_those_before_it(tmp_path: Path) -> None:
    """A byte of its first request counts for as many tokens as in the session's other agents."""
    place = home(tmp_path, 100)
    place.ask("ModBook", calls=[record(1, input_tokens=1000, bytes=60_000)])
    usual = held(place, agent="b", bytes=60_000)
    dear = record(2, agent_id="a", input_tokens=120_000, cache_creation_tokens=0, bytes=60_000)
    place.ask("ModBook", calls=[dear])
    assert held(place, agent="c", bytes=60_000) > 4 * usual


OPUS, HAIKU, SONNET = "claude-opus-5-5", "claude-haiku-4-5", "claude-sonnet-5-5"
CARRIED = {"input_tokens": 0, "cache_read_tokens": 80_000, "output_tokens": 100}


def at(ago_s: int) -> str:
    """A record's time, so many seconds ago."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))


def answered(place: Home, number: int, model: str, ago_s: int, size: int = 300_000) -> None:
    """The main loop's request of so many bytes, answered by `model`; the session's own is Opus."""
    told = record(number, model=model, at=at(ago_s), bytes=size, cost_usd_micros=40_000, **CARRIED)
    place.ask("ModBook", calls=[told], session_model=OPUS)


def need(place: Home, *, at_once: bool = True) -> float:
    """Dollars that the session's next call is said to cost."""
    with closing(place.ledger()) as db:
        now_ms = int(time.time() * 1000)
        return expected.next_call(db, 1, now_ms, at_once=at_once) / 1e9


@pytest.mark.parametrize("other", [HAIKU, SONNET])
def test_a_turn_on_another_model_leaves_the_cache_of_the_session_s_own(
    tmp_path: Path, other: str
) -> None:
    """Opus read 80,000 tokens two minutes ago, a turn ran elsewhere since: they are warm still."""
    place = home(tmp_path, 100)
    answered(place, 1, OPUS, 120)
    warm = held(place, bytes=308_000)
    answered(place, 2, other, 10, 304_000)
    assert held(place, bytes=308_000) == pytest.approx(warm, rel=0.05)
    assert warm < 80_000 * 0.5e-6 + 0.1
    assert need(place) == pytest.approx(held(place, bytes=304_000), abs=0.01)
    answered(place, 3, OPUS, 5, 308_000)
    assert held(place, bytes=308_000, model=other) < held(place, bytes=308_000)


@pytest.mark.parametrize(
    ("ago_s", "size", "after"),
    [(310, 300_000, 304_000), (120, 300_000, 200_000), (120, 150_000, 304_000)],
    ids=["its life is over", "the context was cut since", "half of it is new"],
)
def test_what_a_model_has_no_more_is_written_anew(
    tmp_path: Path, ago_s: int, size: int, after: int
) -> None:
    """A cache that ran out, or that was of a longer context, is none; what is new since is new."""
    place = home(tmp_path, 100)
    answered(place, 1, OPUS, ago_s, size)
    answered(place, 2, HAIKU, 10, after)
    assert held(place, bytes=after) > 80_000 * 5e-6
    assert need(place) > 80_000 * 5e-6
    answered(place, 3, HAIKU, 5, 304_000)
    assert held(place, bytes=304_000) > 80_000 * 5e-6


def test_the_next_prompt_runs_on_the_session_s_own_model(tmp_path: Path) -> None:
    """What `cap` says after a turn on Haiku is Opus's price, cold as the gate has it."""
    place = home(tmp_path, 100)
    answered(place, 1, OPUS, 4000)
    answered(place, 2, HAIKU, 10, 304_000)
    assert need(place) == pytest.approx(held(place, bytes=304_000), abs=0.01)
    place.ask("ModBook", session_model=SONNET)  # chosen with /model
    assert need(place) == pytest.approx(held(place, bytes=304_000, model=SONNET), abs=0.01)
    place.ask("ModBook", session_model="a model without a price")
    assert need(place) < 0.04  # by the last answer's model
