"""`cheaproute team`: one budget for several people, in a PostgreSQL that you run."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import tomli_w

from cheaproute.cap.shared import failing, lease
from cheaproute.cli import authority
from cheaproute.cli.context import Context
from cheaproute.config import paths, toml_file
from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.machines import identity
from cheaproute.machines.team import admin, connection, member, policy, turn, work
from cheaproute.money import plural, show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.set_defaults(do=_status)
    actions = parser.add_subparsers(metavar="ACTION", title="actions (default: status)")
    init = actions.add_parser("init", help="make the team's tables; by the database's owner")
    init.add_argument("url", metavar="URL", help="postgresql://owner@host/database")
    init.set_defaults(do=_init)
    add = actions.add_parser("add", help="a login for a member; prints its password, once")
    _owner(add).set_defaults(do=_add)
    add.add_argument("person", metavar="PERSON")
    remove = actions.add_parser("remove", help="take a member out")
    _owner(remove).set_defaults(do=_remove)
    remove.add_argument("person", metavar="PERSON")
    remove.add_argument("--delete", action="store_true", help="the rows, too; else without a name")
    policy = actions.add_parser("policy", help="print policy.toml, or make FILE the policy")
    _owner(policy).set_defaults(do=_policy)
    policy.add_argument("file", nargs="?", metavar="FILE", help="- for stdin")
    join = actions.add_parser("join", help="this machine spends the team's budget")
    join.add_argument("url", metavar="URL", help="postgresql://you@host/database, no password")
    join.add_argument("--projects", action="store_true", help="tell names of projects")
    join.set_defaults(do=_join)
    leave = actions.add_parser("leave", help="this machine spends it no longer")
    leave.set_defaults(do=_leave)
    status = actions.add_parser("status", help="what this machine may spend, and until when")
    status.set_defaults(do=_status)


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what was asked for."""
    code: int = args.do(args, context)
    return code


def _owner(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--url", required=True, metavar="URL", help="as for init")
    return parser


def _password(context: Context) -> str:
    """From the person at the terminal, or one line of stdin; "" where PGPASSFILE has it."""
    if context.env.get("PGPASSFILE"):
        return ""
    if context.stdin.isatty():
        return getpass.getpass("Password (empty: none): ")
    return context.stdin.readline().rstrip("\n")


@contextmanager
def _owned(args: argparse.Namespace, context: Context) -> Iterator[admin.Db]:
    """A connection as the owner; tables of an earlier version are named."""
    with connection.connect(args.url, password=_password(context)) as db, connection.refusals():
        found = admin.version(db)
        if not found:
            raise CheaprouteError(f"there is no team yet: `cheaproute team init {args.url}`")
        if found < admin.VERSION:
            context.say(
                "the team's tables are of an earlier version, with holes that are mended since: "
                f"run `cheaproute team init {args.url}`"
            )
        yield db


def _init(args: argparse.Namespace, context: Context) -> int:
    with connection.connect(args.url, password=_password(context)) as db:
        found = admin.init(db)
    done = {0: "made the team's tables", admin.VERSION: "the team's tables are there already"}
    context.say(done.get(found, "brought the team's tables up to date"))
    return 0


def _add(args: argparse.Namespace, context: Context) -> int:
    with _owned(args, context) as db:
        password = admin.add(db, args.person)
    context.out.line(password)
    context.say(f"{args.person} joins with: cheaproute team join URL, and this password")
    return 0


def _remove(args: argparse.Namespace, context: Context) -> int:
    with _owned(args, context) as db:
        done = admin.remove(db, args.person, delete=args.delete)
    how = "deleted" if args.delete else "kept without a name"
    context.say(f"{plural(done.rows, 'row')} {how}")
    if done.role_stays:
        context.say(
            f"the role {args.person} can no longer log in, and stays: something else depends on it"
        )
    return 0


def _policy(args: argparse.Namespace, context: Context) -> int:
    wanted = _wanted(args.file, context) if args.file else None
    with _owned(args, context) as db:
        if wanted is None:
            context.out.write(tomli_w.dumps(policy.read(db)))
            return 0
        for name in policy.write(db, wanted):
            context.say(f"person {name!r} has a cap and is no member yet")
    return 0


def _wanted(file: str, context: Context) -> dict[str, object]:
    """The policy in `file`, "-" for stdin (whose first line then is no password)."""
    try:
        if file == "-":
            return toml_file.parsed(context.stdin.read())
        with open(file, encoding="utf-8") as opened:
            return toml_file.parsed(opened.read())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{file}: {error}") from None


def _join(args: argparse.Namespace, context: Context) -> int:
    before = member.of(context.env)
    if before and before.url != args.url:
        raise CheaprouteError(f"this machine is in {before.url} already: `cheaproute team leave`")
    if args.projects and not (before and before.projects):
        authority.a_setting(context, "sync.projects")
    if before is None:
        if lease.read(paths.data_dir(context.env)) is not None:
            authority.a_person(context)  # a part of another team's budget holds
        authority.where_a_cap_holds(context)  # which counts by this team's prices then
    with turn.typed(context.env, turn.TEAM):
        member.join(context.env, args.url, _password(context), projects=args.projects)
    return _status(args, context)


def _leave(args: argparse.Namespace, context: Context) -> int:
    del args
    joined = member.of(context.env)
    if joined is None:
        raise CheaprouteError("this machine is in no team")
    if lease.read(paths.data_dir(context.env)) is not None:
        authority.a_person(context)
    with turn.last(context.env, turn.TEAM):
        try:
            with member.connect(context.env, joined) as db:
                here = identity.this(context.env)
                told = work.end(context.env, context.ledger(), db, here, joined)
            context.say(f"told {plural(told, 'call')}, gave back what was left of the budget")
        except CheaprouteError as error:
            context.say(f"{error}: what was spent since the last round stays untold there")
        member.forget(context.env)
    failing.over(context.ledger(), turn.TEAM)
    context.say("left; what was told stays there")
    return 0


def _status(args: argparse.Namespace, context: Context) -> int:
    """A round with the server, where it can be reached; then what holds here."""
    del args
    joined = member.of(context.env)
    if joined is None:
        raise CheaprouteError("this machine is in no team: `cheaproute team join URL`")
    try:
        with (
            turn.typed(context.env, turn.TEAM),
            failing.Noted(context.ledger(), turn.TEAM, context.now_ms()),
            member.connect(context.env, joined) as db,
        ):
            machine = identity.this(context.env)
            done = work.run(context.env, context.ledger(), db, machine, joined, context.now_ms())
        context.say(f"told {plural(done.rows, 'call')}")
    except CheaprouteError as error:
        context.say(str(error))
    held = lease.read(paths.data_dir(context.env))
    if held is None:
        raise CheaprouteError("no part of the budget was taken yet: the server must be reached")
    left_s = (held.taken_ms + held.hold_ms - lease.running_ms()) // 1000
    for project, part in held.parts.items():
        where = f" in {project}" if project else ""
        context.out.line(f"{show(part.nano)}{where} may be spent without asking again")
    if held.full_cap:
        context.out.line(f"the team's cap ({held.full_cap}) has no more")
    context.out.line(
        f"for {left_s // 60} min" if left_s > 0 else f"it has ended: {held.out_of_touch}"
    )
    return 0
