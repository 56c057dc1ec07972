"""`cheaproute sync`: one total over your machines, by files in a folder that you already sync."""

from __future__ import annotations

import argparse
import getpass
import os
import time
from contextlib import closing

from cheaproute import atomic
from cheaproute.cap.shared import elsewhere, failing
from cheaproute.cli import authority
from cheaproute.cli.context import Context
from cheaproute.config import paths, reader, snapshot, toml_edit
from cheaproute.days import DAY_MS, month_of, span
from cheaproute.errors import UsageError
from cheaproute.ledger.query import coverage, totals
from cheaproute.machines import everywhere, folder, identity, sync, union
from cheaproute.machines.team import turn
from cheaproute.money import NANO, plural
from cheaproute.report import dates, figures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="of Dropbox, Syncthing, git, NFS; kept"
    )
    parser.add_argument("--status", action="store_true", help="only show what is known")
    parser.add_argument("--leave", action="store_true", help="sync no longer; files stay")
    parser.add_argument(
        "--projects", action=argparse.BooleanOptionalAction, help="tell names of projects, too"
    )
    parser.add_argument(
        "--share", metavar="PART", help="this machine's part of the monthly cap, 0.5; off: none"
    )
    parser.add_argument(
        "--sealed",
        action=argparse.BooleanOptionalAction,
        help="encrypt what this machine writes; asks for the passphrase, or reads it from stdin",
    )
    parser.add_argument("--json", action="store_true", help="what is known of each machine")


def run(args: argparse.Namespace, context: Context) -> int:
    """Keep what was said, sync, and show each machine."""
    if args.leave:
        authority.a_setting(context, "sync.folder")
        return _leave(context)
    _save(args, context)
    settings = snapshot.load(context.env)  # as it was just written
    place = reader.text(settings, "sync.folder")
    if not place:
        raise UsageError("no folder yet: `cheaproute sync FOLDER`, a folder that you already sync")
    if not args.status:
        _round(context, settings)
    elif failed := failing.of(context.ledger(), turn.SYNC, context.now_ms()):
        first = dates.ago(failed.since_ms, context.now_ms())
        context.say(f"rounds fail (first {first}): {failed.why}")
    _show(args, context)
    return 0


def _save(args: argparse.Namespace, context: Context) -> None:
    """Write down what the user changed."""
    changes: dict[str, object] = {}
    kept = snapshot.load(context.env)
    if args.folder:
        place = os.path.abspath(os.path.expanduser(args.folder))
        if not os.path.isdir(place):
            raise UsageError(f"{args.folder}: not a folder: make it first, or write it out in full")
        if reader.text(kept, "sync.folder") not in ("", place):
            authority.a_setting(context, "sync.folder")
        changes["sync.folder"] = place
    if args.projects is not None:
        if args.projects:
            authority.a_setting(context, "sync.projects")
        changes["sync.projects"] = args.projects
    if args.share is not None:
        share, before = _share(args.share), reader.number(kept, "sync.share")
        if before and not 0 < share <= before:
            authority.a_setting(context, "sync.share")
        changes["sync.share"] = share
    if args.sealed is not None:
        with turn.typed(context.env, turn.SYNC):  # one that goes on would tell it in the open
            _passphrase(args, context)
    if changes:
        toml_edit.write(paths.config_file(context.env), changes)


def _share(text: str) -> float:
    if text == "off":
        return 0.0
    try:
        part = float(text)
    except ValueError:
        part = 0.0
    if not 0 < part < 1:
        raise UsageError(f"{text!r} is no part: write it like 0.5, or off")
    return part


def _passphrase(args: argparse.Namespace, context: Context) -> None:
    """Keep the passphrase (0600), and begin the own file anew under it."""
    path = sync.key_file(context.env)
    if not args.sealed:
        if os.path.exists(path):
            authority.a_person(context, terminal=False)  # what is told then can be read there
            os.unlink(path)
    else:
        asked = (
            getpass.getpass("Passphrase: ")
            if context.stdin.isatty()
            else context.stdin.readline().rstrip("\n")
        )
        if len(asked) < 8:
            raise UsageError("a passphrase of at least 8 characters, please")
        atomic.write(path, asked.encode() + b"\n", 0o600)
    place = args.folder or reader.text(context.settings, "sync.folder")
    if place:
        own = folder.own_path(
            os.path.abspath(os.path.expanduser(place)), identity.this(context.env)
        )
        if os.path.exists(own):
            os.unlink(own)


def _round(context: Context, settings: dict[str, object]) -> None:
    with failing.Noted(context.ledger(), turn.SYNC, context.now_ms()):
        done = sync.run(
            context.ledger(),
            paths.data_dir(context.env),
            identity.this(context.env),
            sync.wanted(context.env, settings),
            context.now_ms(),
        )
    for note in done.notes:
        context.say(note)
    others = plural(done.machines, "other machine")
    context.say(f"told {plural(done.told, 'call')}, read {done.read:,}; {others}")


def _show(args: argparse.Namespace, context: Context) -> None:
    """This month of each machine; the time at which it was last heard of."""
    now = context.now_ms()
    first, past = span(month_of(now // DAY_MS))
    with closing(union.connect(paths.data_dir(context.env))) as db:
        found = everywhere.by_machine(db, context.ledger(), first, past)
        files = union.sources(db)
    own = totals.total(totals.by(context.ledger(), "source", first, past))
    own.least = coverage.lower_of_days(context.ledger(), first, past)
    here = identity.this(context.env)
    rows = [(here.name, now, own)]
    heard = {one.machine: (one.title, one.as_of_ms) for one in files if one.machine != here.id}
    spent = {one.machine: one for one in found}
    for machine, (title, as_of_ms) in heard.items():
        one = spent.get(machine)
        rows.append((title, as_of_ms, one.sums if one else totals.Sums()))
    if args.json:
        told = [
            (name, _stamp(as_of, now), sums.calls, sums.cost_nano / NANO, sums.lower_bound)
            for name, as_of, sums in rows
        ]
        fields = ("machine", "as_of", "calls", "cost_usd", "lower_bound")
        context.out.json([dict(zip(fields, row, strict=True)) for row in told])
        return
    listed = [
        (name, dates.ago(as_of, now), f"{sums.calls:,}", figures.amount(sums))
        for name, as_of, sums in rows
    ]
    context.out.table(("Machine", "As of", ">Calls", ">This month"), listed)
    if said := figures.bound(str(listed)):
        context.say(said)


def _stamp(as_of_ms: int, now_ms: int) -> str:
    """UTC, for programs; `now` for what is known as it is."""
    return "now" if as_of_ms == now_ms else dates.stamp(as_of_ms)


def _leave(context: Context) -> int:
    toml_edit.write(paths.config_file(context.env), {"sync.folder": None})
    elsewhere.forget(paths.data_dir(context.env))
    failing.over(context.ledger(), turn.SYNC)
    context.say(f"left {time.strftime('%Y-%m-%d')}: the files in the folder stay as they are")
    return 0
