from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.config import json_edit

KEPT = """{
    "env" : {"A": "\\u00e9", "model": "not this one"},
    "permissions": { "allow": ["Bash(ls:*)"] },\t
    "n": 1.50e+2
}
"""


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("", "haiku", '{\n  "model": "haiku"\n}\n'),
        ("{}", "haiku", '{\n  "model": "haiku"\n}'),
        ('{"a":1}', "haiku", '{"a":1,"model":"haiku"}'),
        ('{\n\t"a": 1\n}\n', "haiku", '{\n\t"a": 1,\n\t"model": "haiku"\n}\n'),
        ('{\r\n  "a": 1\r\n}', "haiku", '{\r\n  "a": 1,\r\n  "model": "haiku"\r\n}'),
        ('{"model" : "opus", "b": 2}', "haiku", '{"model" : "haiku", "b": 2}'),
        ('{"model": "x", "model": "y"}', "z", '{"model": "x", "model": "z"}'),
        ('{"model": "x", "b": 2}', None, '{ "b": 2}'),
        ('{\n  "a": 1,\n  "model": "x"\n}', None, '{\n  "a": 1\n}'),
        ('{"a": {"model": 1}}', None, '{"a": {"model": 1}}'),
        ('\ufeff{"a": 1}', "haiku", '\ufeff{"a": 1,"model": "haiku"}'),
    ],
)
def test_one_key_changes_and_no_other_byte(before: str, value: str | None, after: str) -> None:
    """Line ends, indents, spacing, order and what is nested stay."""
    assert json_edit.put(before, "model", value) == after


def test_adding_and_removing_leaves_no_trace() -> None:
    """The user's own spelling of everything else comes back byte for byte."""
    there = json_edit.put(KEPT, "model", "sonnet")
    assert json.loads(there) == {**json.loads(KEPT), "model": "sonnet"}
    assert json_edit.put(there, "model", None) == KEPT


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=6) | st.just("model"), values),
    st.sampled_from([None, "", "\t", "  "]),
    st.text(min_size=1),
)
def test_any_object(content: dict[str, object], indent: str | None, value: str) -> None:
    """The value is set, all else equal; without the key the object is what it was."""
    text = json.dumps(content, indent=indent)
    there = json_edit.put(text, "model", value)
    assert json.loads(there) == {**content, "model": value}
    assert json_edit.get(there, "model") == value
    rest = {key: one for key, one in content.items() if key != "model"}
    assert json.loads(json_edit.put(there, "model", None)) == rest


@pytest.mark.parametrize("text", ["[]", "null", '{"a": 1', "// no\n{}", '{"a": 1,}', '{"a":1} x'])
def test_what_is_no_object_is_refused(text: str) -> None:
    """It is never made worse."""
    with pytest.raises(ValueError):  # noqa: PT011 - json's own words differ
        json_edit.put(text, "model", "haiku")


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("", 5, '{\n  "env": {"A": 5}\n}\n'),
        ('{"a": 1}', 5, '{"a": 1,"env": {"A": 5}}'),
        ('{"env": {}}', 5, '{"env": {\n  "A": 5\n}}'),
        (
            '{\n  "env" : {\n    "B": 1\n  }\n}',
            5,
            '{\n  "env" : {\n    "B": 1,\n    "A": 5\n  }\n}',
        ),
        ('{"env": {"B": 1, "A": 2}, "c": 3}', 5, '{"env": {"B": 1, "A": 5}, "c": 3}'),
        ('{"env": {"B": 1, "A": 2}, "c": 3}', None, '{"env": {"B": 1}, "c": 3}'),
        ('{"env": {"A": 2}, "c": 3}', None, '{ "c": 3}'),
        ('{"c": 3}', None, '{"c": 3}'),
    ],
)
def test_a_key_inside_an_object(before: str, value: int | None, after: str) -> None:
    """Only it changes; an object that is made for it goes with it."""
    assert json_edit.put_at(before, ("env", "A"), value) == after


@pytest.mark.parametrize("text", ['{"env": "A=1"}', '{"env": [1]}', '{"env": null}', "[]"])
def test_what_is_no_object_is_left_alone(text: str) -> None:
    """It is the user's, and means something else."""
    with pytest.raises(ValueError, match="object"):
        json_edit.put_at(text, ("env", "A"), 5)
