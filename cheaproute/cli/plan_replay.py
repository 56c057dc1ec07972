"""`cheaproute plan replay`: the main loops of the ledger under other settings, as a bill."""

from __future__ import annotations

import argparse

from cheaproute import days
from cheaproute.cli.context import Context
from cheaproute.errors import UsageError
from cheaproute.ledger.query import rows, totals
from cheaproute.money import NANO, plural, show
from cheaproute.plan.evidence.records import Spent
from cheaproute.plan.replay.chain import Chain
from cheaproute.plan.replay.engine import Engine
from cheaproute.plan.replay.levers import Levers
from cheaproute.plan.replay.sessions import main_loops
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.report import date_range
from cheaproute.usage import prices

_MOST_TOKENS = 10_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    number = parser.add_argument
    number("--compact", type=tokens, metavar="N", default=0, help="compact past N tokens")
    number("--cold", type=tokens, metavar="N", default=0, help="hand over past N, where cold")
    number("--kept", type=tokens, metavar="N", default=25_000, help="kept of a context")
    number("--summary", type=tokens, metavar="N", default=4_000, help="written in between")
    number("--reread", type=tokens, metavar="N", default=15_000, help="read again after it")
    parser.add_argument("--main-model", metavar="ID", default="", help="every call on this model")
    parser.add_argument(
        "--today-prices", action="store_true", help="at what each family's newest model costs now"
    )
    parser.add_argument("--since", metavar="DAY", help="2026-11-22, today or 7d (default: all)")
    parser.add_argument("--until", metavar="DAY", help="the last day, included")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Replay, and print what was spent and what would have been."""
    table = prices.load(_overrides(context))
    tariffs = Tariffs(table, context.now_ms() if args.today_prices else None)
    if args.main_model and table.of(args.main_model) is None:
        raise UsageError(f"--main-model {args.main_model}: no price is known for it")
    chains = _chains(args, context, table, tariffs)
    model = args.main_model
    levers = Levers(
        compact=args.compact,
        cold=args.cold,
        kept=args.kept,
        summary=args.summary,
        reread=args.reread,
        model=(lambda _link, _cold, _now: model) if model else None,
    )
    haiku = str(_section(context, "models").get("haiku", ""))
    if args.today_prices:
        haiku = table.newest(haiku)
    if args.cold and table.of(haiku) is None:
        raise UsageError(f"--cold: no price is known for the model that hands over, {haiku!r}")
    engine = Engine(levers, tariffs, haiku)
    spent = sum(one.cost for one in chains)
    replayed = sum(engine.replay(one).nano for one in chains)
    own = [link.ts_ms for one in chains for link in one.links if link.own]
    first, last = (days.iso(of(own) // days.DAY_MS) if own else "" for of in (min, max))
    if args.json:
        context.out.json(
            {
                "first_day": first or None,
                "last_day": last or None,
                "sessions": len(chains),
                "calls": len(own),
                "spent_usd": spent / NANO,
                "replayed_usd": replayed / NANO,
            }
        )
    else:
        share = f" ({(replayed - spent) / spent:+.1%})" if spent else ""
        context.out.prose(
            f"{f'{first} to {last} (UTC), ' if own else ''}{plural(len(chains), 'session')},"
            f" {plural(len(own), 'call')} of the main loop: spent {show(spent)}, replayed"
            f" {show(replayed)}{share}"
        )
    return 0


def _chains(
    args: argparse.Namespace, context: Context, table: prices.Prices, tariffs: Tariffs
) -> list[Chain]:
    db = context.ledger()
    today = days.day_of(context.now_ms())
    said = f"{args.since or ''}..{args.until or ''}" if args.since or args.until else "all"
    reach = date_range.parse([said], today, totals.first_day(db))
    past = reach.past if args.until else today + 2
    spent = (Spent(*row) for row in rows.calls(db, reach.first, past))
    return main_loops(spent, rows.copied(db), tariffs, today=table if args.today_prices else None)


def tokens(text: str) -> int:
    """A count of tokens: `100000`, `100_000`."""
    count = int(text.replace("_", "").replace(",", ""))
    if not 0 <= count <= _MOST_TOKENS:
        raise ValueError
    return count


def _section(context: Context, name: str) -> dict[str, object]:
    found = context.settings.get(name)
    return found if isinstance(found, dict) else {}


def _overrides(context: Context) -> dict[str, object]:
    found = _section(context, "prices").get("overrides")
    return found if isinstance(found, dict) else {}
