from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cheaproute.cap.periods import Period
from cheaproute.cap.state import State
from cheaproute.days import DAY_MS
from cheaproute.hook import main, statusline
from cheaproute.ledger import intern, store
from cheaproute.ledger.module import rate_limits, seats
from cheaproute.money import NANO
from cheaproute.report import statusline as figures
from cheaproute.report.terminal import command, draw
from tests import ledgers
from tests.conftest import ROOT
from tests.ledgers import NOW_MS, TODAY
from tests.test_hot_path import HEAVY, MOST_MODULES

LIMITS = ("five_hour", "seven_day")
UUID = "11111111-2222-3333-4444-555555555555"
# As Claude Code 2.1.330 pipes it in, as far as it matters here.
PIPED = json.dumps(
    {
        "session_id": UUID,
        "transcript_path": "/nowhere.jsonl",
        "cwd": "/home/u/src/shop",
        "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"},
        "workspace": {"current_dir": "/home/u/src/shop", "project_dir": "/home/u/src/shop"},
        "version": "2.1.330",
        "cost": {"total_cost_usd": 0.1},
    }
).encode()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of the client."""
    return {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data"), "NO_COLOR": "1"}


@pytest.fixture
def ledger(env: dict[str, str]) -> Iterator[sqlite3.Connection]:
    """A ledger with a session of $0.43, $2 more today, and $31 of the month."""
    db = store.connect(os.path.join(env["CHEAPROUTE_HOME"], "ledger.db"))
    session = ledgers.add_session(db, UUID, "/home/u/src/shop", TODAY, TODAY)
    intern.take_up(db, UUID, TODAY * DAY_MS)
    ledgers.add_call(db, "m1", TODAY, session=session, cost_nano=430_000_000)
    ledgers.add_call(db, "m2", TODAY, cost_nano=2_000_000_000)
    ledgers.add_call(db, "m3", TODAY - 5, cost_nano=28_770_000_000)
    yield db
    db.close()


def test_the_line(ledger: sqlite3.Connection, env: dict[str, str]) -> None:
    """Model, session, today, and the month against its cap."""
    ledgers.set_cap(ledger, 40)
    assert statusline.respond(PIPED, env, NOW_MS) == (
        "Opus 5.5 · session $0.43 · today $2.43 · month $31.20 of $40.00 (78 %)"
    )


@pytest.mark.usefixtures("ledger")
def test_an_uninstalled_plugin_has_no_line(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's copy outlives it, and figures that nothing counts stand still; a clone has."""
    plugins = Path(env["HOME"]) / ".claude" / "plugins"
    copy = plugins / "cache" / "cheaproute" / "cheaproute" / "0.2.7"
    copy.mkdir(parents=True)
    listed = plugins / "installed_plugins.json"
    shown = statusline.respond(PIPED, env, NOW_MS)
    assert "month $31.20" in shown
    link = Path(env["CHEAPROUTE_HOME"]) / "plugin"
    link.symlink_to(copy)
    ours = '{"plugins": {"cheaproute@cheaproute": []}}'
    for root, left, line in ((ROOT, "{}", shown), (link, ours, shown), (link, "{}", "")):
        listed.write_text(left)
        monkeypatch.setattr("cheaproute.config.paths.ROOT", str(root))
        assert statusline.respond(PIPED, env, NOW_MS) == line


@pytest.mark.parametrize(
    ("age_ms", "marks", "counted"),
    [
        (None, [], False),
        (None, [(intern.TAKEN_UP, 600_000)], True),
        (60_000, [(intern.TAKEN_UP, 59_000)], True),
        (60_000, [(intern.TAKEN_UP, 59_000), (intern.LEFT, 50_000)], False),  # its age is kept
        (60_000, [(intern.GOES_ON, 10_000)], True),  # we came while it was open
        (60_000, [(intern.HERE, 600_000), (intern.TAKEN_UP, 59_000)], True),  # it was resumed
        (60_000, [(intern.HERE, 600_000), (intern.TAKEN_UP, 600_000)], False),  # without us
        ("x", [(intern.HERE, 600_000)], True),
    ],
)
def test_a_session_without_hooks_has_its_model_alone(
    ledger: sqlite3.Connection,
    env: dict[str, str],
    age_ms: object,
    marks: list[tuple[str, int]],
    *,
    counted: bool,
) -> None:
    """Whatever keeps them out of this client: what the ledger has would stand still."""
    ledger.execute("DELETE FROM told")
    for what, ago_ms in marks:
        ledger.execute("INSERT INTO told VALUES(?, ?, ?)", (UUID, what, NOW_MS - ago_ms))
    raw = json.dumps({**json.loads(PIPED), "cost": {"total_duration_ms": age_ms}}).encode()
    line = statusline.respond(raw, env, NOW_MS)
    assert line.startswith("Opus 5.5 · session $0.43") if counted else line == "Opus 5.5"


def test_hooks_that_run_make_the_line(ledger: sqlite3.Connection, env: dict[str, str]) -> None:
    """A session's start does, again where it is resumed, and so does a gate in an open one."""
    ledger.execute("DELETE FROM told")
    piped = {**json.loads(PIPED), "cost": {"total_duration_ms": 1}}

    def line() -> str:
        return statusline.respond(json.dumps(piped).encode(), env)

    def hook(name: str, **fields: str) -> None:
        main.respond(name, json.dumps({"session_id": piped["session_id"], **fields}).encode(), env)

    assert line() == "Opus 5.5"
    hook("session_start", source="startup")
    assert "session $0.43" in line()
    ledger.execute("UPDATE told SET ts_ms = ts_ms - 60000")
    assert line() == "Opus 5.5"
    hook("session_start", source="compact")  # nothing starts
    assert line() == "Opus 5.5"
    hook("session_start", source="resume")
    assert "session $0.43" in line()
    hook("session_end", reason="other")
    assert line() == "Opus 5.5"  # the next client may have none
    time.sleep(0.002)
    hook("stop")  # it is open in another, too
    assert "session $0.43" in line()
    piped["session_id"] = UUID.replace("1", "9")
    assert line() == "Opus 5.5"
    hook("user_prompt_submit", prompt="go on")
    assert "session $0.00" in line()


def test_marks_and_words(ledger: sqlite3.Connection, env: dict[str, str]) -> None:
    """Unknown prices are marked, a reached cap is said in words, a plan is named."""
    ledgers.set_cap(ledger, 20)
    ledgers.add_call(ledger, "m4", TODAY, cost_nano=None)
    (config := Path(env["CHEAPROUTE_HOME"]) / "config.toml").write_text('billing = "plan"\n')
    assert config.exists()
    assert statusline.respond(PIPED, env, NOW_MS) == (
        "Opus 5.5 · session $0.43 · today $2.43+ · month $31.20+ of $20.00 (156 %) cap reached"
        " · list price"
    )


def test_how_far_the_cap_holds_is_said(ledger: sqlite3.Connection, env: dict[str, str]) -> None:
    """As the module's own line says it, where the cap stops; the model's name gives way to it."""
    ledgers.set_cap(ledger, 40)
    (session,) = ledger.execute("SELECT id FROM session WHERE uuid = ?", (UUID,)).fetchone()
    seats.note(ledger, session, 1, dict.fromkeys(seats.NAMES, True), NOW_MS)
    line = "Opus 5.5 · session $0.43 · today $2.43 · month $31.20 of $40.00 (78 %)"
    assert statusline.respond(PIPED, env, NOW_MS) == f"{line} · cap: exact"
    narrow = env | {"COLUMNS": "80"}
    without = line.removeprefix("Opus 5.5 · ")
    assert statusline.respond(PIPED, narrow, NOW_MS) == f"{without} · cap: exact"
    narrow["COLUMNS"] = str(len(without) + 6)
    assert statusline.respond(PIPED, narrow, NOW_MS) == without
    (Path(env["CHEAPROUTE_HOME"]) / "config.toml").write_text('[cap]\nat_cap = "warn"\n')
    assert statusline.respond(PIPED, env, NOW_MS) == line


@pytest.mark.parametrize(("cap", "sign"), [(100, ""), (40, "\x1b[33mmonth"), (31, "\x1b[31mmonth")])
def test_colour_says_how_near_the_cap_is(
    ledger: sqlite3.Connection, env: dict[str, str], cap: int, sign: str
) -> None:
    """Yellow from three quarters on, red past it, none before and none where it is not wanted."""
    ledgers.set_cap(ledger, cap)
    line = statusline.respond(PIPED, {**env, "NO_COLOR": ""}, NOW_MS)
    assert sign in line
    assert ("\x1b" in line) == bool(sign)


def test_nothing_is_made_where_nothing_was_counted(env: dict[str, str]) -> None:
    """Without a ledger there is the model, and still no ledger."""
    assert statusline.respond(PIPED, env, NOW_MS) == "Opus 5.5"
    assert not os.path.exists(env["CHEAPROUTE_HOME"])


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_no_event_is_an_empty_line(raw: bytes, env: dict[str, str]) -> None:
    """Broken input is no reason to print anything."""
    assert statusline.respond(raw, env, NOW_MS) == ""


def test_a_broken_ledger_costs_the_figures_only(env: dict[str, str], tmp_path: Path) -> None:
    """The line still has the model, and the log the reason."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ledger.db").write_bytes(b"no database" * 99)
    assert statusline.respond(PIPED, env, NOW_MS) == "Opus 5.5"
    assert "ledger" in (tmp_path / "data" / "cheaproute.log").read_text()


@pytest.mark.usefixtures("ledger")
def test_it_loads_no_more_than_a_hook(env: dict[str, str]) -> None:
    """Under `python -I -S`, with nothing the hot path forbids."""
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from cheaproute.hook import statusline\n"
        "line = statusline.respond(sys.stdin.buffer.read(), os.environ)\n"
        "sys.stderr.write('\\n'.join(sys.modules)); print(line)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, ROOT],
        input=PIPED,
        env=env | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    loaded = set(done.stderr.decode().split("\n"))
    assert "session $0.43" in done.stdout.decode()
    assert not loaded & HEAVY
    assert len(loaded) <= MOST_MODULES


@pytest.mark.parametrize("width", [0, 20, 40, 60, 80, 100])
def test_it_gives_way_to_the_terminal(
    ledger: sqlite3.Connection, env: dict[str, str], width: int
) -> None:
    """The least important goes first; the month and how much of it is used never do."""
    ledgers.set_cap(ledger, 1000)
    ledger.execute("UPDATE call SET saved_nano = 370000000 WHERE id = 'm1'")
    line = statusline.respond(PIPED, {**env, "COLUMNS": str(width + 4 if width else 0)}, NOW_MS)
    month = "month $31.20 (3 %)" if width == 20 else "month $31.20 of $1,000.00 (3 %)"
    assert line.endswith(month) or "saved $0.37" in line
    assert month in line
    assert not width or len(line) <= max(width, len("month $31.20 of $1,000.00 (3 %)"))
    assert ("saved $0.37" in line) == (width in (0, 100))


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (82, "5 h 80 % · week 14 % · session $0.43 · today $2.43 · month $31.20 · list price"),
        (70, "5 h 80 % · week 14 % · today $2.43 · month $31.20 · list price"),
        (52, "5 h 80 % · week 14 % · month $31.20 · list price"),
        (40, "5 h 80 % · week 14 % · month $31.20"),
    ],
)
def test_that_a_plan_bills_none_of_it_goes_after_the_smaller_sums(
    ledger: sqlite3.Connection, env: dict[str, str], width: int, line: str
) -> None:
    """List price is said longer than the model, what was saved, and the smaller sums."""
    ledger.execute("UPDATE call SET saved_nano = 370000000 WHERE id = 'm1'")
    rate_limits.note(
        ledger,
        {
            "five_hour": {"used_percentage": 80.4, "resets_at": NOW_MS // 1000 + 3600},
            "seven_day": {"used_percentage": 13.5, "resets_at": NOW_MS // 1000 + 300_000},
        },
        NOW_MS,
    )
    told = json.dumps({**json.loads(PIPED), "rate_limits": {"five_hour": {}}}).encode()
    (Path(env["CHEAPROUTE_HOME"]) / "config.toml").write_text('billing = "plan"\n')
    assert statusline.respond(told, {**env, "COLUMNS": str(width + 4)}, NOW_MS) == line


@pytest.mark.parametrize(
    ("name", "word"),
    [("session", "session $0.43 of $5.00 (9 %)"), ("day", "today $2.43 of $5.00 (49 %)")],
)
@pytest.mark.parametrize("width", [30, 48, 55])
def test_a_figure_with_a_cap_stays_longer_than_one_without(
    ledger: sqlite3.Connection, env: dict[str, str], width: int, name: str, word: str
) -> None:
    """However far its cap is; the month is next, and goes before the one cap there is."""
    ledger.execute("INSERT INTO cap VALUES(?, ?, 'command', 0)", (name, 5 * 10**9))
    line = statusline.respond(PIPED, {**env, "COLUMNS": str(width + 4)}, NOW_MS)
    assert line == (word if width == 30 else f"{word} · month $31.20")


@pytest.mark.parametrize("width", [0, 40, 60, 100])
@pytest.mark.parametrize(
    ("name", "word"), [("day", "today $2.43 of $2.00"), ("session", "session $0.43 of $0.40")]
)
def test_a_cap_that_is_reached_is_shown_at_any_width(
    ledger: sqlite3.Connection, env: dict[str, str], width: int, name: str, word: str
) -> None:
    """Whichever it is: the day's and the session's as well as the month's; so is one near it."""
    ledgers.set_cap(ledger, 40)  # 78 %: it gives way
    nano = {"day": 2 * 10**9, "session": 4 * 10**8}[name]
    put = "INSERT OR REPLACE INTO cap VALUES(?, ?, 'command', 0)"
    ledger.execute(put, (name, nano))
    wide = {**env, "COLUMNS": str(width + 4 if width else 0)}
    line = statusline.respond(PIPED, wide, NOW_MS)
    assert (word if width != 40 or name == "day" else "session $0.43 (108 %)") in line
    assert line.count("cap reached") == 1
    assert not width or len(line) <= max(width, 45)
    assert ("month $31.20" in line) == (width in (0, 100))
    nano = {"day": 26 * 10**8, "session": 46 * 10**7}[name]  # more than 90 %, and not reached
    ledger.execute(put, (name, nano))
    near = statusline.respond(PIPED, wide, NOW_MS)
    assert word.rpartition(" ")[0] in near
    assert "cap reached" not in near


@pytest.mark.parametrize("cap", [40, 400])
@pytest.mark.parametrize("columns", [80, 60, 40])
def test_a_plans_limits_give_way_to_no_cap(
    ledger: sqlite3.Connection, env: dict[str, str], columns: int, cap: int
) -> None:
    """What ends a plan user's work is the plan's own limit; the caps say less instead, or go."""
    ledgers.set_cap(ledger, cap)
    ledgers.set_cap(ledger, 20, "day")
    ledgers.set_cap(ledger, 5, "session")
    resets = NOW_MS // 1000 + 3600
    told = {name: {"used_percentage": 42, "resets_at": resets} for name in LIMITS}
    raw = json.dumps({**json.loads(PIPED), "rate_limits": told}).encode()
    plan = env | {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-x", "COLUMNS": str(columns)}
    line = statusline.respond(raw, plan, NOW_MS)
    assert len(line) <= columns
    assert line.startswith("5 h 42 % · week 42 %")
    assert ("month" in line) is (columns > 40 or cap == 40)


def test_a_plans_windows(ledger: sqlite3.Connection, env: dict[str, str]) -> None:
    """What the client reports of the plan is shown, kept for `/costs`, and dropped when over."""
    assert ledger
    now = NOW_MS // 1000
    told = {
        "five_hour": {"used_percentage": 80.4, "resets_at": now + 3600},
        "seven_day": {"used_percentage": 13.5, "resets_at": now + 300_000},
    }
    raw = json.dumps({**json.loads(PIPED), "rate_limits": told}).encode()
    line = statusline.respond(raw, env, NOW_MS)
    assert line.startswith("Opus 5.5 · 5 h 80 % · week 14 % · session")
    first, week = rate_limits.read(ledger, NOW_MS + 60_000)
    assert (first.percent, first.resets_ms) == (80.4, (now + 3600) * 1000)
    # 80.4 % in four of five hours: the rest is gone in less than the hour that is left.
    assert first.full_ms() == pytest.approx(NOW_MS + 19.6 * 4 * 3_600_000 / 80.4, abs=2)
    assert week.full_ms() is None
    shown = command.answer("", ledger, NOW_MS + 60_000, plan=True, look=draw.Look(80))
    assert "5-hour block       80 %" in shown
    assert "resets 16:30 (in 59 min); full 16:28 at this pace" in shown
    assert "(by Claude Code's own figures, 1 min ago)" in shown
    ledger.execute("DELETE FROM call")
    ledgers.add_call(ledger, "burnt", NOW_MS // 86_400_000, cost_nano=8 * 10**9)
    rate_limits.note(ledger, {**told}, NOW_MS)
    shown = command.answer("", ledger, NOW_MS, plan=True, look=draw.Look(80))
    assert "$8.00  in it so far, $2.00 an hour, at list price" in shown
    narrow = command.answer("", ledger, NOW_MS, plan=True, look=draw.Look(60)).split("\n")
    at, end = (narrow.index(line) for line in narrow if line[:4] in ("5-ho", "(by "))
    heads = [line[:12].strip() for line in narrow[at:end]]
    assert list(filter(None, heads)) == ["5-hour block", "Week"]  # what wraps is indented
    assert len(heads) > 4
    for room in (48, 50, 60):  # below the words that it goes on with, not left of them
        lines = command.answer("", ledger, NOW_MS, plan=True, look=draw.Look(room)).split("\n")
        at, end = (lines.index(line) for line in lines if line[:4] in ("5-ho", "(by "))
        assert {line[:25].strip() for line in lines[at + 1 : end] if "$" not in line[:25]} <= {
            "", "Week               14 %"
        }  # fmt: skip
    ledger.execute("UPDATE call SET final = 0")
    shown = command.answer("today", ledger, NOW_MS, plan=True, look=draw.Look(80))
    assert "≥$8.00  in it so far, ≥$2.00 an hour, at list price" in shown
    for past in ("2026-11-20", "2026-02"):
        assert "so far" not in command.answer(past, ledger, NOW_MS, plan=True, look=draw.Look(80))
    assert [w.name for w in rate_limits.read(ledger, NOW_MS + 3_700_000)] == ["week"]
    assert not rate_limits.read(ledger, NOW_MS + 7 * 3_600_000)


@pytest.mark.parametrize("told", [{"five_hour": 5}, {"five_hour": {"used_percentage": "x"}}, {}, 7])
def test_odd_windows_are_nothing(
    ledger: sqlite3.Connection, env: dict[str, str], told: object
) -> None:
    """What a client of another day may write there does no harm."""
    raw = json.dumps({**json.loads(PIPED), "rate_limits": told}).encode()
    assert statusline.respond(raw, env, NOW_MS).startswith("Opus 5.5 · session")
    assert ledger


def test_what_the_cap_counts_beside_the_books_makes_a_sum_a_lower_bound() -> None:
    """An answer that was interrupted before it began is in no book: it leaves its mark."""
    for assumed, unpriced, said in ((0, 0, "$2.00"), (5, 0, "≥$2.00"), (5, 1, "$2.00+")):
        periods = {
            name: Period(name, f"{name}:1", spent=2 * NANO, assumed=assumed, unpriced=unpriced)
            for name in ("month", "day", "session")
        }
        line = figures.render("", State(periods, NOW_MS, 1), plan=False, color=False)
        assert line == f"session {said} · today {said} · month {said}"


def test_full_caps_say_less_where_there_is_no_room_and_no_number_is_cut(
    ledger: sqlite3.Connection, env: dict[str, str]
) -> None:
    """The one that is used least goes without its limit, then each; then without the amount."""
    for name, nano in (("month", 31_300_000_000), ("day", 2_000_000_000)):
        ledger.execute("INSERT OR REPLACE INTO cap VALUES(?, ?, 'command', 0)", (name, nano))
    for width, line in (
        (64, "today $2.43 of $2.00 (122 %) cap reached \N{MIDDLE DOT} month $31.20 (>99 %)"),
        (56, "today $2.43 (122 %) cap reached \N{MIDDLE DOT} month $31.20 (>99 %)"),
        (40, "today 122 % cap reached \N{MIDDLE DOT} month >99 %"),
    ):
        narrow = {**env, "COLUMNS": str(width + 4)}
        assert statusline.respond(PIPED, narrow, NOW_MS) == line
