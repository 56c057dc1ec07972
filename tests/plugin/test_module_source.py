"""What the oldest client that loads a module refuses in its source: then nothing of it runs."""

from __future__ import annotations

import os
import re
from collections import Counter

from tests.conftest import ROOT

_NAMED = r"(?:const|let|var|function\*?|async function\*?)\s+(\w+)"


def source() -> str:
    """The module, without its comments."""
    with open(os.path.join(ROOT, "hooks", "mod.js"), encoding="utf-8") as file:
        text = file.read()
    return re.sub(r"/\*.*?\*/|^\s*//.*?$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_whatever_takes_the_engine_has_a_name_of_its_own() -> None:
    """2.1.286 follows `$` by names: one that is declared twice in the file drops the module."""
    text = source()
    declared = Counter(re.findall(_NAMED, text))
    takes = re.findall(r"const (\w+) = (?:async )?\(?_?\$[,) ]", text)
    takes += re.findall(r"function\*? (\w+)\(_?\$[,)]", text)
    assert len(takes) > 20, takes
    assert [name for name in takes if declared[name] > 1] == []


def test_events_are_named_where_they_are_heard() -> None:
    """Each `on` names its event and what it is narrowed to in letters, outside of loops."""
    text = source()
    heard = re.findall(r"^( *)on\(([^\n]*)", text, flags=re.MULTILINE)
    assert len(heard) > 10, heard
    assert len(re.findall(r"\bon\(", text)) == len(heard)
    for indent, rest in heard:
        assert indent == "  ", rest
        assert re.match(r'"[\w.]+", (\{ \w+: "[\w:]+" \}, )?\w+\)', rest), rest
