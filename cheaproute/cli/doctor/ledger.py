"""Are the books in order: the data directory, the ledger, and what the log has of late."""

from __future__ import annotations

import calendar
import getpass
import json
import os
import re
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing

from cheaproute import kinds
from cheaproute import log as logs
from cheaproute.cli.context import Context
from cheaproute.cli.doctor import delegation
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.config import paths
from cheaproute.errors import LedgerError
from cheaproute.ledger import meta, schema, store
from cheaproute.ledger.client_totals import reprice
from cheaproute.ledger.query import client_costs
from cheaproute.ledger.upkeep import check, former, unreadable
from cheaproute.money import plural, show

_PLACE = re.compile(r" at (\?|[\w<>.-]+:\d+( > [\w<>.-]+:\d+)*)$")
_RECENT_S = 7 * 86400
_CAUGHT_UP = "`cheaproute import` counts what was left out then (so does the next session's start)"
# Where no count is behind what failed.
_BY_PLACE = {
    "cli": "run the command again",
    "doctor": "the check's own finding says more",
    "plan": "`cheaproute plan` looks again",
    "cap": "try the command that `cap.command` names",
    "settings": "`cheaproute config` shows what is set and what is wrong",
    "statusline": "the next line is drawn anew; nothing is lost",
    "triggers": "find out what writes into the ledger: nothing but cheaproute should",
    "gate": "each request was judged by the totals as they were read: nothing was let go",
    "seen": "the line was shown all the same",
    "step": "the turn stayed on its own model",
    "unheld": 'what was spent counts; `on_error = "closed"` refuses what cannot be judged',
    "barred": "send the prompt again: a busy machine may be late",
    "rounds": "it is tried again by itself",
}


def ledger(context: Context) -> Iterator[Finding]:
    """The ledger opens, is whole, is writable, and is the user's alone."""
    path = paths.ledger_file(context.env)
    directory = os.path.dirname(path)
    if not os.path.exists(path):
        yield Finding(OK, "no ledger yet: the first session makes it", path)
        return
    try:
        with closing(store.connect(path)) as db:
            if db.mended or meta.get(db, schema.SUMS_DUE):
                context.recount(db)
            whole = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            (calls,) = db.execute("SELECT count(*) FROM call").fetchone()
            wrong = check.problems(db) if whole == "ok" else []
            places, skipped = unreadable.places(db), unreadable.skipped(db)
            unpriced = reprice.unknown(db)
            differing = client_costs.differing(db)
            months = former.differing(db)
            unread = _unread(db)
    except (LedgerError, sqlite3.DatabaseError) as error:
        kind = kinds.of(error, path)
        if kind:
            yield Finding(FAULT, kinds.what(kind, error), path, kinds.WORDS[kind][1])
        else:
            yield Finding(FAULT, str(error), path)
        return
    if whole != "ok":
        what, cure = kinds.WORDS[kinds.CORRUPT]
        yield Finding(FAULT, f"{what}: {whole}", path, cure)
        return
    for place, wanted in ((directory, 0o700), (path, 0o600)):
        mode = stat.S_IMODE(os.stat(place).st_mode)
        if mode & ~wanted:
            what = f"others may look into it: mode {mode:o}, not {wanted:o}"
            yield Finding(WARNING, what, place, f"chmod {wanted:o} {place}")
    for what in wrong:
        yield Finding(WARNING, what, path, "run `cheaproute rebuild`")
    for place, why in places:
        yield Finding(WARNING, f"not read, and in no sum: {why}", place, "let yourself read it")
    for place, line, why in skipped:
        yield Finding(WARNING, f"line {line} could not be counted: {why}", place, "")
    for what in differing:
        yield Finding(NOTE, what, path, "")
    for month, then, now in months:
        what = f"{month} was {show(then)} in an earlier version's books; the same days: {show(now)}"
        yield Finding(NOTE, what, path, "")
    for model, count in unpriced:
        calls_of = f"{plural(count, 'call')} of {model}"
        if context.prices.of(model) is not None:  # an override would replace all it costs
            what = f"{calls_of} in a mode that has no price here (fast): in no sum, for a cap"
            yield Finding(
                NOTE, f"{what} at a dear guess", path, "update the plugin: prices come with it"
            )
            continue
        what = f"{calls_of} without a known price: in no sum, for a cap at a dear guess"
        yield Finding(NOTE, what, path, f"give one: [prices.overrides.{json.dumps(model)}]")
    if unread:
        many = plural(len(unread), "transcript or folder", "transcripts or folders")
        what = f"{many} cannot be read: sums are a lower bound"
        yield Finding(WARNING, what, unread[0], f"chown -R {getpass.getuser()} {unread[0]}")
    yield Finding(OK, f"the ledger holds {plural(calls, 'call')}", path)


def _unread(db: sqlite3.Connection) -> list[str]:
    """What of the client's transcripts could not be read when it was last tried."""
    rows = db.execute("SELECT path FROM unreadable ORDER BY path").fetchall()
    return [path for (path,) in rows if os.path.exists(path) and not os.access(path, os.R_OK)]


def log(context: Context) -> Iterator[Finding]:
    """The errors that were kept from the sessions in the last seven days."""
    path = paths.log_file(context.env)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            entries = [line.rstrip("\n") for line in file if _time(line) and not _debug(line)]
    except (FileNotFoundError, NotADirectoryError):
        yield Finding(OK, "nothing was ever logged", path)
        return
    except OSError as error:
        yield Finding(FAULT, f"the log cannot be read: {error.strerror}", path)
        return
    since = context.now_ms() / 1000 - _RECENT_S
    recent = [entry for entry in entries if _time(entry) >= since]
    if not recent:
        yield Finding(OK, "no error in the last 7 days", path)
        return
    by_cure: dict[str, list[str]] = {}
    for entry in recent:
        by_cure.setdefault(_cure(entry), []).append(entry)
    for do, alike in by_cure.items():
        errors = plural(len(alike), "error")
        yield Finding(WARNING, f"{errors} in the last 7 days; {_said(alike[-1])}", path, do)


def _said(entry: str) -> str:
    """The last error in words; where in our code it was, the log says."""
    place, _, error = entry[20:].strip().partition(": ")
    told = _PLACE.sub("", error)
    kind, _, message = told.partition(": ")
    at = f"{entry[:10]} {entry[11:16]} UTC"
    return f"the last ({at}, {place}): {message if message and kind.isidentifier() else told}"


def _cure(entry: str) -> str:
    """What fits the logged error: only what a hook or a reader could not do is caught up with."""
    where, _, error = entry[20:].strip().partition(": ")
    if error.startswith("NoCredentials"):
        return delegation.LOGIN
    if where == "digest":
        return delegation.FAILED
    if where == "mod.command":
        return "type it again, or run it in a terminal: a busy machine may be late"
    return _BY_PLACE.get(where.partition(".")[0], _CAUGHT_UP)


def _debug(line: str) -> bool:
    """Whether `line` is no error but the setting `debug`'s."""
    return f": {logs.DEBUG}: " in line


def _time(line: str) -> int:
    """When `line` was logged, in seconds; 0 for a line that begins no entry."""
    try:
        return calendar.timegm(time.strptime(line[:20], "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return 0


def history(context: Context) -> Iterator[Finding]:
    """Transcripts the client still has, but the ledger has never seen."""
    projects = os.path.join(paths.claude_dir(context.env), "projects")
    if not os.path.isdir(projects):
        return
    path = paths.ledger_file(context.env)
    try:
        with closing(store.connect(path)) as db:
            (files,) = db.execute("SELECT count(*) FROM file").fetchone()
    except (LedgerError, sqlite3.DatabaseError):
        return  # said above
    if not files and any(
        name.endswith(".jsonl") for _, _, names in os.walk(projects) for name in names
    ):
        yield Finding(
            NOTE, "earlier sessions are not in the ledger", projects, "run `cheaproute import`"
        )
