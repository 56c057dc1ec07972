"""The fast way through a transcript gives what the full one gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cheaproute.client.transcript import fast_rows, scan
from cheaproute.client.transcript.scan import Scan
from tests.transcripts import assistant, cost_state, lines, progress, usage

# Text with all that the fast way looks for, quoted and not.
NEEDLES = [
    '"usage":{"input_tokens":5}',
    '"usage":{',
    '"content":[',
    "]",
    '],"stop_reason":null,"usage":{}',
    '"message":{"role":"user"',
    '{"type":"cost-state"',
    '"timestamp":"2020-01-01T00:00:00Z"',
    "\n",
    "\u2028 caf\u00e9 \U0001f600",
    "\\",
]
TEXT = st.lists(st.sampled_from(NEEDLES) | st.text(max_size=20), max_size=6).map("".join)
LONG_TEXT = st.tuples(TEXT, st.integers(0, 5000)).map(lambda pair: pair[0] + "x" * pair[1])
TREE: st.SearchStrategy[Any] = st.recursive(
    LONG_TEXT | st.integers(0, 9) | st.none() | st.just([]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["usage", "content", "message", "type", "role", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
BLOCK = TREE.map(lambda tree: {"type": "tool_use", "id": "toolu_1", "input": tree})
CONTENT = st.lists(
    BLOCK | LONG_TEXT.map(lambda text: {"type": "text", "text": text}), min_size=1, max_size=3
)
COUNT = st.integers(0, 3)
ODD_COUNT = st.sampled_from([0, 1, 2, 3, "5", 2.0, None, -1, 10**7, 10**19])
USAGE = st.builds(
    usage,
    output_tokens=COUNT,
    input_tokens=ODD_COUNT,
    cache_creation_input_tokens=COUNT,
    iterations=st.sampled_from(
        [
            [],
            [{"type": "message", "input_tokens": 1}],
            [{"type": "message", "input_tokens": 2}],
            [{"type": "compaction", "input_tokens": 7}],
        ]
    ),
    speed=st.sampled_from(["standard", "fast"]),
)
OTHER = st.one_of(
    TREE.map(lambda tree: {"type": "user", "message": {"role": "user", "content": [tree]}}),
    TREE.map(
        lambda tree: {
            "type": "user",
            "message": {"role": "user", "content": [{"content": [tree]}]},
            "toolUseResult": {"content": [tree], "usage": usage()},
        }
    ),
    TREE.map(lambda tree: {"type": "attachment", "attachment": tree}),
    COUNT.map(lambda n: cost_state({"claude-sonnet-5-5": (n, n, 0.0)})),
    COUNT.map(lambda n: progress(f"msg_{n}", output=n)),
)


@st.composite
def told(draw: st.DrawFn) -> dict[str, Any]:
    """An assistant row in one of the orders of keys that clients have used."""
    number = draw(st.integers(0, 2))
    row = assistant(
        f"msg_{number}", stop=draw(st.sampled_from([None, "end_turn"])), used=draw(USAGE)
    )
    message = row["message"] | {"content": draw(CONTENT)}
    row.pop("requestId")
    if request := draw(st.sampled_from(["req_a", "req_a", "req_b", ""])):
        row["requestId"] = request
        if draw(st.booleans()):
            row["requestRef"] = draw(st.sampled_from(["ref-a", "ref-b"]))
    if draw(st.booleans()):
        row["requestedModel"] = draw(st.sampled_from(["claude-sonnet-5-5", "claude-opus-5-5"]))
        message["model"] = draw(st.sampled_from(["claude-sonnet-5-5", "claude-haiku-5-5"]))
    if effort := draw(st.sampled_from(["", "", "high", "low"])):
        row["effort"] = effort
    style = draw(st.integers(0, 6))
    if style == 1:  # the totals last, as tools that strip transcripts write them
        message["usage"] = message.pop("usage")
        message["content"] = message.pop("content")
        message["usage"] = message.pop("usage")
        return {"type": "assistant", "timestamp": row["timestamp"], "message": message}
    if style == 4:  # request and usage before the content, which is the last
        message["content"] = message.pop("content")
        kept: dict[str, Any] = {key: row[key] for key in ("requestId", "requestRef") if key in row}
        return {"type": "assistant", "timestamp": row["timestamp"], **kept, "message": message}
    if style == 2:
        message = {"usage": message.pop("usage"), **message}
    if style == 5:  # whether it is whole is told last
        message["content"] = message.pop("content")
        message["stop_reason"] = message.pop("stop_reason")
        message["id"] = message.pop("id") if draw(st.booleans()) else message["id"]
    if style == 6:
        row["forkedFrom"] = {"sessionId": "parent", "messageUuid": draw(st.sampled_from("ab"))}
    if style == 3:
        del message["stop_details"]
        row["extra"] = {"usage": draw(USAGE), "content": draw(CONTENT)}
    elif not draw(st.integers(0, 3)):
        del message["stop_details"]
    return row | {"message": message}


ROWS = st.lists(told() | OTHER, max_size=12)


def everything(found: Scan) -> Any:
    """All that a scan found."""
    return (
        found.consumed,
        found.born_ms,
        found.cwd,
        [
            (
                k,
                c.id,
                c.request_id,
                c.ref,
                c.ts_ms,
                c.model,
                c.requested,
                c.counts(),
                c.mode,
                c.final,
                c.session,
                c.agent,
            )
            for k, c in found.calls.items()
        ],
        [(s.session, s.before_ms, s.after_ms, s.ended_ms, s.usage) for s in found.states],
    )


def escaped(text: str, name: str) -> str:
    """`text` with one of the JSON names in it spelt with an escape."""
    return text.replace(f'"{name}"', f'"\\u{ord(name[0]):04x}{name[1:]}"')


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """A row in the client's spelling, or as a repair script may write it."""
    separators = draw(st.sampled_from([(",", ":"), (",", ":"), (", ", ": "), (" , ", " : ")]))
    text = json.dumps(
        draw(told() | OTHER),
        separators=separators,
        ensure_ascii=draw(st.booleans()),
        sort_keys=draw(st.booleans()),
    )
    return escaped(
        text, draw(st.sampled_from(["", "", "usage", "type", "message", "model"])) or "-"
    )


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spellings are learnt from the first row on, as they are in a long history."""
    monkeypatch.setattr(fast_rows, "_UNLEARNT", 1)


@given(st.lists(spelt(), max_size=12), st.booleans())
def test_fast_is_full(rows: list[str], newline: bool) -> None:
    """Whatever stands in a transcript, however spelt, in whatever order, the fast way finds it."""
    text = "\n".join(rows)
    data = (text + "\n" * newline).encode()
    assert everything(scan.scan(data)) == everything(scan.scan(data, fast=False))


@given(ROWS, st.integers(0, 10_000))
def test_fast_is_full_on_half_files(rows: list[Any], place: int) -> None:
    """The same where the last row is not whole yet."""
    data = lines(*rows)[:place]
    assert everything(scan.scan(data)) == everything(scan.scan(data, fast=False))


@given(ROWS, st.binary(max_size=10), st.integers(0, 10_000))
@example([progress("msg_0"), assistant("msg_0", requestId="req_a"), progress("msg_0")], b"", 0)
def test_damage_costs_the_fast_way_nothing_more(rows: list[Any], noise: bytes, place: int) -> None:
    """Bytes lost or inserted hide no call that the full way finds (in the content, not even it).

    A row without a request id may be one more of a call that only the fast way still reads.
    """
    data = lines(*rows)
    torn = data[:place] + noise + data[place + 3 :]
    fast, full = scan.scan(torn), scan.scan(torn, fast=False)
    assert fast.consumed == full.consumed
    ids = {name[0] for name in named(fast)}
    hidden = named(full) - named(fast)
    assert all(not (request or ref) and identity in ids for identity, request, ref in hidden)


def named(found: Scan) -> set[tuple[str, str, int]]:
    """What names the calls that were found; which of one message id came first is no matter."""
    return {(call.id, call.request_id, call.ref) for call in found.calls.values()}


@pytest.mark.parametrize("length", [0, 1400, 3000, 40_000])
@pytest.mark.parametrize("first", [True, False])
def test_an_answer_behind_the_half_of_a_users_row(length: int, *, first: bool) -> None:
    """A kill left the half; the answer counts however long it is, and whatever it begins with."""
    row = assistant("msg_1", text="y" * length)
    row = {"type": "assistant"} | row if first else row
    result = {"type": "tool_result", "tool_use_id": "t", "content": "abc " * 50}
    user = {"parentUuid": "x", "type": "user", "message": {"role": "user", "content": [result]}}
    torn = lines(user).strip()[:-40] + lines(row)
    assert [call.id for call in scan.scan(torn).calls.values()] == ["msg_1"]
