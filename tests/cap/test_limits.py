from __future__ import annotations

import sqlite3

import pytest

from cheaproute.cap import limits, periods, state
from cheaproute.cap.alerts import thresholds
from cheaproute.money import NANO
from tests.cap.caplib import DAY_MS, NOW, spend

KEYS = periods.keys(NOW, 1)
INSTALL = "cheaproute-cheaproute"
OPTION = {INSTALL: "40"}


def month(db: sqlite3.Connection) -> tuple[int | None, str]:
    """The monthly limit in dollars and who said it."""
    limit = limits.limits(db, KEYS)["month"]
    return (None if limit.nano is None else limit.nano // NANO), limit.origin


def test_nothing_is_capped_until_someone_says_so(db: sqlite3.Connection) -> None:
    """A new ledger has no limits, and a config without caps is no word on them."""
    limits.sync(db, {}, {"month_usd": None}, NOW)
    assert month(db) == (None, "")


def test_the_option_is_taken_over(db: sqlite3.Connection) -> None:
    """The plugin's option sets the monthly cap when a hook first sees it."""
    limits.sync(db, OPTION, {}, NOW)
    assert month(db) == (40, "option")


def test_a_command_beats_an_older_option(db: sqlite3.Connection) -> None:
    """`cap set 5` in another terminal holds while hooks still carry the option of 40."""
    limits.sync(db, OPTION, {}, NOW)
    limits.put(db, {"month": 5 * NANO}, NOW)
    limits.sync(db, OPTION, {}, NOW + 1)
    assert month(db) == (5, "command")


def test_a_changed_option_beats_an_older_command(db: sqlite3.Connection) -> None:
    """The option is written when its value changes, and the last writer wins."""
    limits.sync(db, OPTION, {}, NOW)
    limits.put(db, {"month": 5 * NANO}, NOW)
    limits.sync(db, {INSTALL: "60"}, {}, NOW + 1)
    assert month(db) == (60, "option")


def test_an_option_said_by_a_second_install_is_no_new_word(db: sqlite3.Connection) -> None:
    """The same limit, from a process that is not told its install, is as old as it was."""
    limits.sync(db, OPTION, {}, NOW)
    limits.sync(db, {"": "40"}, {}, NOW + 5)
    assert limits.limits(db, KEYS)["month"].set_ms == NOW


def test_two_installs_do_not_take_turns(db: sqlite3.Connection) -> None:
    """With two installs of other options each is heard once; then the command holds."""
    other = {"cheaproute-inline": "70"}
    limits.sync(db, OPTION, {}, NOW)
    limits.sync(db, other, {}, NOW)
    assert month(db) == (70, "option")
    limits.put(db, {"month": 5 * NANO}, NOW)
    limits.sync(db, OPTION, {}, NOW)
    limits.sync(db, other, {}, NOW)
    assert month(db) == (5, "command")


def test_config_is_a_writer_for_each_period(db: sqlite3.Connection) -> None:
    """Only the periods whose line in config.toml changed are written; a line gone unsets."""
    limits.sync(db, {}, {"month_usd": 50, "day_usd": 5.5}, NOW)
    limits.put(db, {"month": 9 * NANO}, NOW)
    limits.sync(db, {}, {"month_usd": 50, "day_usd": None}, NOW)
    assert month(db) == (9, "command")
    assert limits.limits(db, KEYS)["day"].nano is None


@pytest.mark.parametrize("junk", ["", "abc", "nan", "inf", "-3", "1e99"])
def test_junk_in_the_option_says_nothing(db: sqlite3.Connection, junk: str) -> None:
    """A cap in force is not lost to an option that is no amount."""
    limits.put(db, {"month": 5 * NANO}, NOW)
    limits.sync(db, {INSTALL: junk}, {}, NOW)
    assert month(db) == (5, "command")


def test_an_option_of_zero_means_no_cap(db: sqlite3.Connection) -> None:
    """0 takes a cap away; it never locks anyone out."""
    limits.sync(db, OPTION, {}, NOW)
    limits.sync(db, {INSTALL: "0"}, {}, NOW)
    assert month(db) == (None, "option")


def test_sync_without_news_writes_nothing(db: sqlite3.Connection) -> None:
    """A hook that sees what it saw before takes no write lock."""
    limits.sync(db, OPTION, {"month_usd": 7}, NOW)
    before = db.total_changes
    limits.sync(db, OPTION, {"month_usd": 7}, NOW)
    assert db.total_changes == before


def test_a_raise_is_bound_to_its_period(db: sqlite3.Connection) -> None:
    """`raise --until-reset` twice adds up, and is over with the month."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    limits.add(db, KEYS["month"], 10 * NANO, NOW)
    limits.add(db, KEYS["month"], 5 * NANO, NOW)
    assert month(db) == (65, "command")
    later = periods.keys(NOW + 10 * DAY_MS, 1)
    assert limits.limits(db, later)["month"].nano == 50 * NANO


def test_a_new_limit_ends_a_raise(db: sqlite3.Connection) -> None:
    """`cap set 60` after a raise of 10 means 60, and old raises are cleared away."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    limits.add(db, KEYS["month"], 10 * NANO, NOW)
    limits.put(db, {"month": 60 * NANO}, NOW)
    assert month(db) == (60, "command")
    limits.add(db, KEYS["day"], NANO, NOW)
    limits.add(db, "day:99999", NANO, NOW + 100 * DAY_MS)
    assert db.execute("SELECT period FROM cap WHERE origin = 'raise'").fetchall() == [
        ("day:99999",)
    ]


def test_a_raised_cap_warns_again(db: sqlite3.Connection) -> None:
    """Thresholds below what is spent stay said; those the new limit moved away are said anew."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    spend(db, 49)
    assert thresholds.cross(db, state.state(db, 1, NOW), [50, 75, 90, 95])
    limits.add(db, KEYS["month"], 10 * NANO, NOW)  # 82 % of 60
    assert not thresholds.cross(db, state.state(db, 1, NOW), [50, 75, 90, 95])
    spend(db, 6)
    crossed = thresholds.cross(db, state.state(db, 1, NOW), [50, 75, 90, 95])
    assert [percent for _, percent in crossed] == [90]


@pytest.mark.parametrize("line", [60, 5, None])
def test_what_is_coming_is_what_is_taken_over(db: sqlite3.Connection, line: float | None) -> None:
    """A reader is told the very limit that a gate then writes, and writes nothing itself."""
    config: dict[str, object] = {"month_usd": 50}
    limits.sync(db, {}, config, NOW)
    limits.put(db, {"month": 9 * NANO}, NOW)
    limits.add(db, KEYS["month"], NANO, NOW)
    config["month_usd"] = line
    before = db.total_changes
    words = periods.said({}, config)
    said = limits.coming(db, words, NOW, lambda _origin: True)
    seen = state.state(db, 0, NOW, coming=said).periods["month"]
    assert db.total_changes == before
    limits.sync(db, {}, config, NOW)
    written = state.state(db, 0, NOW).periods["month"]
    assert (seen.limit, seen.origin) == (written.limit, written.origin)
    assert written.limit == (line * NANO if line else None)
    assert limits.coming(db, words, NOW, lambda _origin: True) == {}


def test_a_command_is_later_than_the_line_it_was_beside(db: sqlite3.Connection) -> None:
    """What config.toml had said by then, unconfirmed, is no news to a gate after it."""
    limits.put(db, {"month": 9 * NANO}, NOW)
    config: dict[str, object] = {"month_usd": 50}
    limits.sync(db, {}, config, NOW, confirms=lambda _origin: False)
    limits.put(db, {"month": 8 * NANO}, NOW, heard=periods.said({}, config).items())
    limits.sync(db, {}, config, NOW)
    assert month(db) == (8, "command")
