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


# The client drops a module that narrows an event by a name of its own.
_NARROWED = r'\w+: ("[\w:]+"|\["\w+"(, "\w+")*\])'


def test_events_are_named_where_they_are_heard() -> None:
    """Each `on` names its event and what it is narrowed to in letters, outside of loops."""
    text = source()
    heard = re.findall(r"^( *)on\(([^\n]*)", text, flags=re.MULTILINE)
    assert len(heard) > 10, heard
    assert len(re.findall(r"\bon\(", text)) == len(heard)
    for indent, rest in heard:
        assert indent == "  ", rest
        assert re.match(rf'"[\w.]+", (\{{ {_NARROWED}(, {_NARROWED})* \}}, )?\w+\)', rest), rest


# What bounds each call of the engine: its own limit, ours, or why it needs none.
TIMEOUT, WITHIN = "its timeoutMs", "within($, ...)"
MEMORY, DRAWN, TIMER = "the client's own memory", "drawn, nothing is waited for", "is the limit"
BOUNDS = {
    "process.run": TIMEOUT,
    "model.complete": TIMEOUT,
    "fs.stat": WITHIN,
    "fs.write": WITHIN,
    "http.fetch": WITHIN,
    "settings.read": WITHIN,
    "store.get": WITHIN,
    "store.set": WITHIN,
    "store.delete": WITHIN,
    "store.keys": WITHIN,
    "state.get": WITHIN,
    "agent.list": MEMORY,
    "env.get": MEMORY,
    "env.set": MEMORY,
    "command.register": MEMORY,
    "prompt.fill": MEMORY,
    "prompt.read": MEMORY,
    "session.cwd": MEMORY,
    "session.id": MEMORY,
    "session.info": MEMORY,
    "session.model": MEMORY,
    "session.usage": MEMORY,
    "session.version": MEMORY,
    "state.set": MEMORY,
    "ui.invalidate": DRAWN,
    "ui.log": DRAWN,
    "ui.place": DRAWN,
    "ui.resolve": DRAWN,
    "clock.after": TIMER,
    "ui.ask": "a person is asked, who may take as long as they like",
    "model.fork": "takes no limit; in a pause nobody waits for it",
}


def calls_of(body: str) -> list[tuple[str, str]]:
    """The calls of the engine in `body`: (what is called, its arguments as written)."""
    found = []
    for match in re.finditer(r"\$\.(\w+\.\w+)\(", body):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(body[end], 0)
            end += 1
        found.append((match[1], body[match.end() : end - 1]))
    return found


def test_each_call_of_the_engine_is_bound() -> None:
    """Whatever it asks of the machine or of a model ends in time; the others wait for nothing."""
    heads = r"^(?=(?:export )?(?:const|let|function|async function)\b)"
    bodies = re.split(heads, source(), flags=re.MULTILINE)
    calls = [(name, given, body) for body in bodies for name, given in calls_of(body)]
    assert {name for name, _, _ in calls} == set(BOUNDS)
    for name, given, body in calls:
        if BOUNDS[name] == TIMEOUT:
            # Given as it stands, or put together in a name of the same function.
            assert "timeoutMs" in (given if "{" in given else body), (name, given)
        elif BOUNDS[name] == WITHIN:
            assert re.search(r"within\(\$, (LIMIT_MS|limitMs / 2), ", body), (name, body)


def test_nothing_of_the_engine_is_used_but_by_a_call() -> None:
    """No call escapes the list above under another name; what is read is no more than a place."""
    used = set(re.findall(r"\$\.(\w+\.\w+)(?!\()\b", source()))
    assert used <= {"plugin.root", "plugin.name"}, used
    assert not re.search(r"=\s*\$\s*[,;)\n]|\$\[", source())
