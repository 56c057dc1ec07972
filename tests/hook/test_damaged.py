"""Files of the plugin that are gone, empty, cut or of another version while a session runs."""

from __future__ import annotations

import compileall
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cheaproute import kinds
from tests.hook.test_bytecode import copied
from tests.hook.test_gate import UUID, Machine
from tests.hook.test_gates_hold import GATES
from tests.marks import in_long

SAID = "its files are damaged or half updated"


def cut(text: bytes) -> bytes:
    """Its first half, to the byte: as a rule no program."""
    return text[: len(text) // 2]


def cut_clean(text: bytes) -> bytes:
    """A program, but for what comes after: it ends where something at the top level begins."""
    tops = [at for at in range(len(text)) if text[at : at + 5] in (b"\ndef ", b"\nclas", b"\nif T")]
    return text[: tops[len(tops) // 2] + 1] if tops else b""


def cut_last(text: bytes) -> bytes:
    """The same, of which the last thing at the top level is missing."""
    return text[: max(text.rfind(start) for start in (b"\ndef ", b"\nclass ")) + 1]


# What became of a file; None: it is gone.
FAULTS: dict[str, Callable[[bytes], bytes] | None] = {
    "gone": None,
    "empty": lambda _text: b"",
    "cut": cut,
    "cut clean": cut_clean,
    "cut last": cut_last,
}


class Damaged(Machine):
    """A session in which hooks have run, from a plugin of its own; a cap of $1."""

    def __init__(self, place: Path, compiled: Path) -> None:
        super().__init__(place)
        self.plugin = place / "plugin"
        shutil.copytree(compiled, self.plugin)
        (self.data / "interpreter").write_text(f"{sys.executable}\n")
        self.call(0.1)
        for gate in ("prompt", "batch", "stop", "Agent"):
            assert self.gate(gate) is None, gate

    def gate(self, gate: str) -> dict[str, Any] | None:
        """The answer of that gate, by the launcher."""
        event, fields = GATES[gate]
        return self.launch(event, **fields)

    def launch(self, event: str, **fields: Any) -> dict[str, Any] | None:
        """The answer to the event, by the launcher."""
        common = {"session_id": UUID, "transcript_path": str(self.transcript), "cwd": "/"}
        done = subprocess.run(
            [str(self.plugin / "hooks" / "run"), event],
            input=json.dumps({**common, **fields}).encode(),
            env=self.env,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert done.returncode != 2, done.stderr  # which would block
        answer: dict[str, Any] | None = json.loads(done.stdout) if done.stdout else None
        return answer

    def damage(self, file: str, fault: str) -> None:
        """Have that become of the plugin's file."""
        path, how = self.plugin / file, FAULTS[fault]
        text = path.read_bytes()
        path.unlink()
        if how is not None:
            path.write_bytes(how(text))
            path.chmod(0o755)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the plugin with the bytecode that a session's start leaves."""
    copy = tmp_path_factory.mktemp("compiled") / "plugin"
    copied(copy)
    for room in ("hook", "routing", "cap", "client", "ledger", "config", "usage", "delegate", ""):
        compileall.compile_dir(copy / "cheaproute" / room, maxlevels=3 if room else 0, quiet=1)
    return copy


@pytest.fixture
def machine(tmp_path: Path, compiled: Path) -> Damaged:
    """A user's machine."""
    return Damaged(tmp_path, compiled)


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("cheaproute/hook/main.py", "gone"),
        in_long("cheaproute/hook/main.py", "cut"),
        ("cheaproute/client/__init__.py", "gone"),  # then it is a namespace
        ("cheaproute/hook/event.py", "empty"),
        ("cheaproute/days.py", "cut clean"),  # needed for a row: it is not passed over
        ("cheaproute/cap/answers/messages.py", "empty"),  # no hook had needed it yet
        ("hooks/hook.py", "gone"),
        in_long("hooks/start.py", "cut"),
        ("hooks/start.py", "cut last"),
        in_long("cheaproute/fastjson.py", "empty"),
        in_long("cheaproute/cap/fallback/unpriced.py", "cut clean"),
    ],
)
def test_a_cap_holds_by_the_code_of_before(machine: Damaged, file: str, fault: str) -> None:
    """What was spent since is counted, the prompt is held, and each time the user is told."""
    machine.call(1.5)
    machine.damage(file, fault)
    for _ in range(2):
        answer = machine.gate("prompt")
        assert answer is not None
        assert answer["decision"] == "block"
        assert "Monthly cap reached: $1.60 of $1.00" in answer["reason"]
        assert SAID in answer["systemMessage"]


@pytest.mark.parametrize("gate", ["batch", *map(in_long, ("stop", "subagent", "compact", "Agent"))])
def test_every_gate_holds_so(machine: Damaged, gate: str) -> None:
    """Where none of our words is shown, too."""
    machine.call(1.5)
    machine.damage("cheaproute/cap/state.py", "gone")
    answer = machine.gate(gate)
    assert answer is not None
    assert "Monthly cap reached: $1.60 of $1.00" in json.dumps(answer)


@pytest.mark.parametrize(("file", "fault"), [("hooks/common", "cut"), ("hooks/run", "cut")])
def test_where_nothing_can_judge_each_prompt_says_so(
    machine: Damaged, file: str, fault: str
) -> None:
    """A launcher that is damaged blocks nothing, and names what mends it."""
    machine.damage(file, fault)
    for _ in range(2):
        answer = machine.gate("prompt")
        assert answer is not None
        assert SAID in answer["systemMessage"]
        assert "decision" not in answer
    assert machine.gate("batch") is None


def test_a_launcher_cut_anywhere_blocks_nothing(machine: Damaged) -> None:
    """Sh ends in 2 where a script is cut, and 2 blocks: not this one, from its second line on."""
    run = machine.plugin / "hooks" / "run"
    whole = run.read_bytes()
    for at in range(whole.index(b"\n#"), len(whole) - 4, len(whole) // 25):
        run.write_bytes(whole[:at])
        assert machine.gate("prompt") is None or at > whole.index(b"# The rest"), at


def test_what_the_launcher_reads_cut_anywhere_is_said(machine: Damaged) -> None:
    """Sh itself ends amid it, wherever that is no whole program."""
    common = machine.plugin / "hooks" / "common"
    whole = common.read_bytes()
    for at in range(0, whole.rindex(b"complete="), len(whole) // 25):
        common.write_bytes(whole[:at])
        assert SAID in (machine.gate("prompt") or {})["systemMessage"], at


@pytest.mark.parametrize("fault", ["cut", in_long("gone")])
def test_prices_that_are_damaged_are_those_of_before(machine: Damaged, fault: str) -> None:
    """They are no code, and without them nothing could be counted."""
    machine.call(1.5)
    machine.damage("cheaproute/usage/prices.json", fault)
    assert "Monthly cap reached: $1.60 of $1.00" in json.dumps(machine.gate("batch"))
    assert SAID in (machine.gate("prompt") or {})["systemMessage"]


def test_damaged_prices_are_not_kept(machine: Damaged) -> None:
    """By a hook that needs none, and writes what it has learnt."""
    folder = machine.plugin / "cheaproute" / "__pycache__"
    whole = (folder / "prices.json").read_bytes()
    machine.damage("cheaproute/usage/prices.json", "cut")
    for kept in folder.glob("hooks.*.bin"):
        kept.unlink()
    machine.launch("post_tool_use", tool_name="Bash", tool_use_id="toolu_9", tool_input={})
    assert [*folder.glob("hooks.post_tool_use.*.bin")]
    assert (folder / "prices.json").read_bytes() == whole


@pytest.mark.parametrize("dollars", [0.1, 1.5])
def test_without_any_prices_what_was_counted_holds(machine: Damaged, dollars: float) -> None:
    """Nothing new can be, and that is said."""
    machine.call(dollars)
    machine.gate("batch")
    machine.call(2)
    machine.damage("cheaproute/usage/prices.json", "cut")
    (machine.plugin / "cheaproute" / "__pycache__" / "prices.json").unlink()
    answer = machine.gate("prompt") or {}
    assert (SAID in answer["systemMessage"]) != (kinds.WORDS[kinds.IN_PIECES][0] in str(answer))
    blocked = "Monthly cap reached: $1.60" in answer.get("reason", "")
    assert blocked == ("no cap holds" not in answer["systemMessage"]) == (dollars > 1)


def test_a_source_cut_amid_a_line_may_be_a_program(machine: Damaged) -> None:
    """One that does nothing of what it was to do: the code of before does."""
    machine.call(1.5)
    path = machine.plugin / "cheaproute" / "hook" / "events" / "post_tool_batch.py"
    text = path.read_bytes()
    path.write_bytes(text[: text.index(b"end, me =") + 20])
    compile(path.read_bytes(), "cut", "exec")
    assert "Monthly cap reached: $1.60 of $1.00" in json.dumps(machine.gate("batch"))


def test_an_update_in_place_is_no_damage(machine: Damaged) -> None:
    """Whole files of a later time: they answer, and nobody is told anything."""
    for one in (machine.plugin / "cheaproute").rglob("*.py"):
        one.touch()
    assert machine.gate("prompt") is None
    machine.call(1.5)
    answer = machine.gate("prompt")
    assert answer is not None
    assert SAID not in json.dumps(answer)
