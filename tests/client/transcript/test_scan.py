"""Transcript bytes to calls, every generation of rows."""

from __future__ import annotations

import json

import pytest

from cheaproute.client.transcript import scan
from cheaproute.days import parse_ms
from cheaproute.usage.call import MOST
from tests.transcripts import (
    SESSION,
    assistant,
    cost_state,
    lines,
    open_ended,
    progress,
    usage,
)


def test_row_of_today() -> None:
    """A row of November 2026 tells all of its call."""
    found = scan.scan(lines(assistant()))
    (call,) = found.calls.values()
    assert (call.id, call.model, call.requested) == ("msg_1", "claude-sonnet-5-5", "")
    assert call.counts() == (1000, 200, 100, 200, 5000, 0)
    assert call.ts_ms == parse_ms("2026-11-22T09:53:16.303Z")
    assert (call.session, call.cwd, call.sidechain) == (SESSION, "/home/me/project", False)
    assert (call.speed, call.geo, call.service_tier, call.mode) == ("", "", "", "")
    assert call.final
    assert found.cwd == "/home/me/project"
    assert found.born_ms == parse_ms("2026-11-22T09:53:16.303Z")


def test_a_row_for_each_block_is_one_call() -> None:
    """Rows of one message id are one call, with the maximum of each count, in any order."""
    partial = assistant(stop=None, used=usage(output_tokens=1))
    final = assistant(used=usage(output_tokens=200))
    for rows in ((partial, final, final), (final, partial), (final, final, partial)):
        (call,) = scan.scan(lines(*rows)).calls.values()
        assert call.output == 200
        assert call.input == 1000
        assert call.final


def test_only_partial_rows_are_not_final() -> None:
    """A call whose last row never came is marked as such."""
    (call,) = scan.scan(lines(assistant(stop=None))).calls.values()
    assert not call.final


def test_progress_rows_are_a_subagents_calls() -> None:
    """Older clients told of subagents in progress rows."""
    (call,) = scan.scan(lines(progress(agent="a7"))).calls.values()
    assert (call.id, call.agent, call.sidechain, call.output) == ("msg_p", "a7", True, 7)
    assert call.ts_ms == parse_ms("2026-01-22T09:53:16.303Z")


def test_rows_before_the_cache_split() -> None:
    """Cache writes without a split were for five minutes."""
    used = {"input_tokens": 5, "output_tokens": 6, "cache_creation_input_tokens": 70}
    (call,) = scan.scan(lines(assistant(used=used))).calls.values()
    assert call.counts() == (5, 6, 70, 0, 0, 0)


def test_a_row_that_does_not_tell_how_long_the_cache_lasts() -> None:
    """Another row of the call does: nothing is written twice, whichever comes first."""
    silent = usage(cache_creation_input_tokens=500, output_tokens=1)
    del silent["cache_creation"]
    split = {"ephemeral_1h_input_tokens": 450, "ephemeral_5m_input_tokens": 50}
    telling = usage(cache_creation_input_tokens=500, cache_creation=split)
    one, other = assistant(used=silent, stop=None), assistant(used=telling)
    for rows in ((one, other), (other, one)):
        (call,) = scan.scan(lines(*rows)).calls.values()
        assert (call.write_5m, call.write_1h) == (50, 450)


def test_gateway_model() -> None:
    """The model that answered is billed; the one asked for is kept beside it."""
    row = assistant(model="claude-haiku-4-5", requestedModel="claude-opus-5-5")
    (call,) = scan.scan(lines(row)).calls.values()
    assert (call.model, call.requested) == ("claude-haiku-4-5", "claude-opus-5-5")


def test_missing_ids() -> None:
    """A row without a message id is known by its request, without that by itself."""
    row = assistant()
    del row["message"]["id"]
    assert list(scan.scan(lines(row)).calls) == ["req_msg_1"]
    del row["requestId"]
    assert list(scan.scan(lines(row)).calls) == [row["uuid"]]


def test_copied_row_names_its_origin() -> None:
    """A row that a branch copied is a call of the session it was copied from."""
    row = assistant(session="copy", forkedFrom={"sessionId": SESSION, "messageUuid": "x"})
    (call,) = scan.scan(lines(row)).calls.values()
    assert call.session == SESSION


def test_modes() -> None:
    """Fast mode, US inference and batch are kept; the standard words are not."""
    used = usage(speed="fast", inference_geo="us", service_tier="batch")
    (call,) = scan.scan(lines(assistant(used=used))).calls.values()
    assert call.mode == "fast,us,batch"
    used = usage(inference_geo="not_available")
    assert next(iter(scan.scan(lines(assistant(used=used))).calls.values())).mode == ""


def test_passes_and_what_came_on_top() -> None:
    """Passes are kept where they add up; an advisor and a compaction are calls of their own."""
    each = {"type": "message", "input_tokens": 500, "output_tokens": 100}
    advisor = {"type": "advisor_message", "model": "claude-opus-5-5", "input_tokens": 9}
    compaction = {"type": "compaction", "input_tokens": 100_000, "output_tokens": 1000}
    used = {
        "input_tokens": 1000,
        "output_tokens": 200,
        "iterations": [each, advisor, each, compaction],
    }
    calls = scan.scan(lines(assistant(used=used))).calls
    assert list(calls) == ["msg_1", "msg_1#advisor:1", "msg_1#compaction:3"]
    assert calls["msg_1"].parts == ((500, 100, 0, 0, 0), (500, 100, 0, 0, 0))
    assert calls["msg_1#advisor:1"].model == "claude-opus-5-5"
    assert calls["msg_1#compaction:3"].counts() == (100_000, 1000, 0, 0, 0, 0)
    calls["msg_1"].mode = calls["msg_1"].mode
    assert calls["msg_1"].parts == ((500, 100, 0, 0, 0), (500, 100, 0, 0, 0))


def test_attempts_before_a_fallback() -> None:
    """The totals are the last attempt's; the ones before it come on top."""
    refused = {
        "type": "message",
        "model": "claude-fable-5-2",
        "input_tokens": 10,
        "output_tokens": 1,
    }
    answered = {
        "type": "fallback_message",
        "model": "claude-opus-5-5",
        "input_tokens": 10,
        "output_tokens": 9,
    }
    used = {"input_tokens": 10, "output_tokens": 9, "iterations": [refused, answered]}
    calls = scan.scan(lines(assistant(model="claude-opus-5-5", used=used))).calls
    assert list(calls) == ["msg_1", "msg_1#message:0"]
    assert calls["msg_1#message:0"].model == "claude-fable-5-2"
    del refused["model"]
    asked = assistant(model="claude-opus-5-5", used=used, requestedModel="claude-mythos-5-2")
    assert scan.scan(lines(asked)).calls["msg_1#message:0"].model == "claude-mythos-5-2"


@pytest.mark.parametrize("kind", ["message", "advisor_message"])
def test_what_came_before_a_fallback_may_count_as_much(kind: str) -> None:
    """Only one of what a message used is its answer, also where others used just as much."""
    alike = {"model": "claude-fable-5-2", "input_tokens": 10, "output_tokens": 9}
    tries = [{"type": kind, **alike}, {"type": "fallback_message", **alike}]
    used = {"input_tokens": 10, "output_tokens": 9, "iterations": tries}
    calls = scan.scan(lines(assistant(model="claude-opus-5-5", used=used))).calls
    assert list(calls) == ["msg_1", f"msg_1#{kind.partition('_')[0]}:0"]


def test_a_row_that_nothing_names_is_known_by_its_time() -> None:
    """A tool may have left out all ids: what was used counts nevertheless."""
    row = {key: value for key, value in assistant().items() if key not in {"uuid", "requestId"}}
    del row["message"]["id"]
    later = row | {"timestamp": "2026-11-22T10:00:00.000Z"}
    assert len(scan.scan(lines(row, row, later)).calls) == 2


def test_a_model_that_changed_before_the_answer_was_whole() -> None:
    """The final row names the one that is billed, whatever the names' order."""
    began, ended = "claude-sonnet-5-5", "claude-opus-5-5"
    one, other = assistant(model=began, stop=None), assistant(model=ended)
    for rows in ((one, one, other), (other, one)):
        (call,) = scan.scan(lines(*rows)).calls.values()
        assert (call.model, call.requested) == (ended, "")


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("order", [1, -1])
def test_a_speed_that_changed_before_the_answer_was_whole(order: int, fast: bool) -> None:
    """It was to be fast and was served at the standard speed, or the other way: the end says."""
    for first, last in (("fast", "standard"), ("standard", "fast")):
        began = assistant(used={"output_tokens": 1, "speed": first}, stop=None)
        ended = assistant(used={"output_tokens": 90, "speed": last})
        read = scan.scan(lines(*(began, ended)[::order]), fast=fast)
        (call,) = read.calls.values()
        assert call.speed == ("fast" if last == "fast" else "")


def test_cost_state() -> None:
    """The client's own total is read, dated by the row before it."""
    rows = lines(assistant(), cost_state({"claude-sonnet-5-5": (1000, 200, 0.004)}))
    (state,) = scan.scan(rows).states
    assert state.session == SESSION
    assert state.before_ms == parse_ms("2026-11-22T09:53:16.303Z")
    assert state.usage == {"claude-sonnet-5-5": (1000, 200, 0, 0, 0, 0, 4_000_000)}


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize(
    ("begin", "between", "end"), [("", "\n", "\n"), ("[", ",", "]"), ("[\n", ",\n", "\n]\n")]
)
def test_totals_however_a_tool_laid_the_rows_out(
    begin: str, between: str, end: str, compact: bool, fast: bool
) -> None:
    """Lines, an array on one line, one with a line a row; each total lies between its rows."""
    times = ["2026-11-22T10:00:00.000Z", "2026-11-22T11:00:00.000Z"]
    lines = []
    for number, ts in enumerate(times, 1):
        lines.append(assistant(f"msg_01Ab9XyZKq47Lm{number}", ts=ts))
        lines.append(cost_state({"claude-sonnet-5-5": (number * 2000, 1100, 0.015)}))
    separators = (",", ":") if compact else (", ", ": ")
    text = begin + between.join(json.dumps(line, separators=separators) for line in lines) + end
    found = scan.scan(text.encode(), fast=fast)
    assert len(found.calls) == 2
    first, last = map(parse_ms, times)
    assert [(one.before_ms, one.after_ms) for one in found.states] == [(first, last), (last, 0)]
    assert [one.usage["claude-sonnet-5-5"][0] for one in found.states] == [2000, 4000]
    assert found.skipped == []


def test_half_a_last_line_is_left() -> None:
    """What is not whole yet is not consumed; a whole row without its newline is."""
    whole, half = lines(assistant("msg_1")), lines(assistant("msg_2"))
    for cut in (1, 50, len(half) - 2):
        found = scan.scan(whole + half[:cut])
        assert (list(found.calls), found.consumed) == (["msg_1"], len(whole))
    found = scan.scan(whole + half[:-1])
    assert (list(found.calls), found.consumed) == (["msg_1", "msg_2"], len(whole + half) - 1)
    found = scan.scan(whole + half[:-1] + b"\r")
    assert (list(found.calls), found.consumed) == (["msg_1", "msg_2"], len(whole + half))


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\n\n",
        b'not json, but "usage" in it\n',
        b'{"type":"assistant","message":{"usage":[1]}}\n',
        b'{"type":"assistant","message":"usage","usage":{}}\n',
        b'["usage"]\n',
        b'{"type":"user","toolUseResult":{"usage":{"input_tokens":9}},"message":{"role":"user"}}\n',
        b'{"type":"cost-state","modelUsage":[]}\n',
        b"\0\0\0\0\n",
        b'{"usage":\xff\xfe}\n',
        b"[" * 100_000 + b'"usage"\n',
    ],
)
def test_noise_is_passed_over(noise: bytes) -> None:
    """Rows of no known shape tell of nothing, and harm nothing."""
    found = scan.scan(noise + lines(assistant()) + noise)
    assert list(found.calls) == ["msg_1"]
    assert found.consumed == len(noise + lines(assistant()) + noise)


@pytest.mark.parametrize("torn", ["user", "assistant", "system"])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_row_behind_the_half_of_one(torn: str, part: float) -> None:
    """What a client that was killed left stands on the line of the next row: that one counts."""
    content = [{"type": "tool_result", "content": 'x {"parentUuid":' * 300}]
    half = assistant("msg_torn") | {"type": torn, "message": {"role": torn, "content": content}}
    left = lines(half)[: int(len(lines(half)) * part)]
    data = left + lines(assistant("msg_2"), half, assistant("msg_3"))
    assert list(scan.scan(data).calls) == ["msg_2", "msg_3"]
    together = lines(assistant("msg_4"), half, assistant("msg_5")).replace(b"}\n{", b"}{")
    assert list(scan.scan(together).calls) == ["msg_4", "msg_5"]


def test_byte_order_mark_and_torn_bytes() -> None:
    """A BOM, NULs of a torn write and broken UTF-8 in the text do not hide a call."""
    torn = lines(assistant("msg_2", text="@@@")).replace(b"@@@", b"\xff\xc3")
    found = scan.scan(b"\xef\xbb\xbf" + lines(assistant()) + b"\0\0" + torn)
    assert list(found.calls) == ["msg_1", "msg_2"]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (-5, 0),
        (1.0, 1),
        ("7", 7),
        ("100000", 100_000),
        ("-7", 0),
        ("7 tokens", 0),
        ("100.0", 100),
        (" 42 ", 42),
        ("1e3", 1000),
        ("", 0),
        (None, 0),
        (True, 0),
        ([], 0),
        (float("nan"), 0),
        (float("inf"), MOST),
        (10**30, MOST),
        (18_446_744_073_709_551_000, MOST),
        (MOST, MOST),
        ("9" * 5000, MOST),
    ],
)
def test_strange_counts(value: object, count: int) -> None:
    """A count sent as text counts; what is none is nothing, and marks, as does the absurd."""
    used = {"input_tokens": value, "output_tokens": 3}
    (call,) = scan.scan(lines(assistant(used=used))).calls.values()
    assert call.input == count
    none = count == 0 and value != ""
    assert call.odd == (none or (count == MOST and value != MOST))
    assert call.final is not call.odd
    assert call.output == 3


def test_what_was_not_cached_may_be_null() -> None:
    """The API has a count or null there; for the answer it always has a count."""
    cached = ("cache_read_input_tokens", "cache_creation_input_tokens")
    used = {"input_tokens": 5, "output_tokens": 3, **dict.fromkeys(cached)}
    (call,) = scan.scan(lines(assistant(used=used))).calls.values()
    assert (call.odd, call.final, call.counts()) == (False, True, (5, 3, 0, 0, 0, 0))
    (call,) = scan.scan(lines(assistant(used=used | {"output_tokens": None}))).calls.values()
    assert (call.odd, call.final) == (True, False)


@pytest.mark.parametrize("length", [3, 5000])
@pytest.mark.parametrize(
    ("stop", "output", "is_cut"),
    [("end_turn", 1, True), ("tool_use", 16, True), ("end_turn", 17, False), (None, 40, True)],
)
def test_a_message_whose_end_was_not_told(
    stop: str | None, output: int, length: int, *, is_cut: bool
) -> None:
    """A stream that was cut the client ends by itself, with the count that it began with."""
    used, text = usage(output_tokens=output), "a" * length
    row = assistant("msg_cut", stop=stop, used=used, text=text)
    cut, older = open_ended(row), open_ended(row)
    del older["apiBlockIndex"]
    whole = [assistant(f"msg_{n}", used=usage(output_tokens=300)) for n in range(60)]
    whole += [open_ended(row) for row in whole]  # spellings are learnt from some of them
    for one, marked in ((row, False), (older, False), (cut, is_cut)):
        found = scan.scan(lines(*whole, one)).calls
        call = next(call for call in found.values() if call.id == "msg_cut")
        assert (call.odd, call.final) == (marked, not marked and stop is not None)
        assert sum(not call.final for call in found.values()) == (not call.final)


def test_agent_file_gives_its_name() -> None:
    """A row that names no subagent is its file's."""
    found = scan.scan(lines(json.loads(json.dumps(assistant()))), agent="a9", session="s")
    (call,) = found.calls.values()
    assert (call.agent, call.sidechain, call.session) == ("a9", True, SESSION)
