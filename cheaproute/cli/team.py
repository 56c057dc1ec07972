"""`cheaproute team`: one budget for several people, in a PostgreSQL that you run."""

from __future__ import annotations

import argparse
import getpass

import tomli_w

from cheaproute.cap.shared import lease
from cheaproute.cli import authority
from cheaproute.cli.context import Context
from cheaproute.config import paths, toml_file
from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.machines import identity
from cheaproute.machines.team import admin, connection, member, work
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


def _init(args: argparse.Namespace, context: Context) -> int:
    with connection.connect(args.url, password=_password(context)) as db:
        fresh = admin.init(db)
    context.say("made the team's tables" if fresh else "the team's tables are there already")
    return 0


def _add(args: argparse.Namespace, context: Context) -> int:
    with connection.connect(args.url, password=_password(context)) as db:
        password = admin.add(db, args.person)
    context.out.line(password)
    context.say(f"{args.person} joins with: cheaproute team join URL, and this password")
    return 0


def _remove(args: argparse.Namespace, context: Context) -> int:
    with connection.connect(args.url, password=_password(context)) as db:
        count = admin.remove(db, args.person, delete=args.delete)
    context.say(f"{plural(count, 'row')} {'deleted' if args.delete else 'kept without a name'}")
    return 0


def _policy(args: argparse.Namespace, context: Context) -> int:
    text = ""
    password = _password(context) if args.file != "-" else ""
    if args.file == "-":
        text = context.stdin.read()
    elif args.file:
        try:
            with open(args.file, encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            raise UsageError(f"{args.file}: {error.strerror}") from None
    with connection.connect(args.url, password=password) as db:
        if args.file:
            try:
                wanted = toml_file.parsed(text)
            except ValueError as error:
                raise UsageError(f"{args.file}: {error}") from None
            admin.set_policy(db, wanted)
        else:
            context.out.write(tomli_w.dumps(admin.policy(db)))
    return 0


def _join(args: argparse.Namespace, context: Context) -> int:
    member.join(context.env, args.url, _password(context), projects=args.projects)
    return _status(args, context)


def _leave(args: argparse.Namespace, context: Context) -> int:
    del args
    if member.of(context.env) is None:
        raise CheaprouteError("this machine is in no team")
    if lease.read(paths.data_dir(context.env)) is not None:
        authority.a_person(context)
    member.leave(context.env)
    context.say("left; what was told stays there")
    return 0


def _status(args: argparse.Namespace, context: Context) -> int:
    """A round with the server, where it can be reached; then what holds here."""
    del args
    joined = member.of(context.env)
    if joined is None:
        raise CheaprouteError("this machine is in no team: `cheaproute team join URL`")
    try:
        with member.connect(context.env, joined) as db:
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
