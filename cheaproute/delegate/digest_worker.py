"""The process that makes one digest: JSON in on stdin, JSON out on stdout, nothing else.

In: `Source`'s fields and `session`, `project`, `until_s` (of the monotonic clock, which processes
share: who asked waits no longer). Out: `outcome` (see `ledger.bulk_reads`), and for
one that was made `text`, `call` (the id on which the saving is booked), `saved_nano` and
`worth_nano` (the same without what it cost).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any

from cheaproute import log
from cheaproute.config import reader
from cheaproute.config.venv import status
from cheaproute.context import Surroundings
from cheaproute.delegate import digest
from cheaproute.delegate.backends import choose, failure
from cheaproute.delegate.metered import Purse
from cheaproute.delegate.secrets.gate import Withheld
from cheaproute.errors import CapReached, CheaprouteError
from cheaproute.ledger import bulk_reads

# What is left of the time, at least, for the books and the way back.
_BOOKING_S, _SHARE = 0.5, 0.1


def main() -> None:
    """Make the digest that stdin asks for."""
    try:
        made = answer(json.loads(sys.stdin.buffer.read()), os.environ)
    except Exception as error:  # noqa: BLE001 - its traceback may quote what was being read
        log.write(os.environ, "digest", error)
        if isinstance(error, ImportError):  # a library: the next session's start looks at it
            status.doubt(os.environ)
        made = {"outcome": bulk_reads.FAILED + "crash"}
    with suppress(OSError):  # nobody waits any more
        json.dump(made, sys.stdout)


def answer(wanted: dict[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """The answer to `wanted`; an expected failure is an outcome, and goes to the log."""
    with closing(Surroundings(env)) as context:
        db, settings = context.db, context.settings
        choice = choose.choose(env, reader.text(settings, "delegate.backend"))
        try:
            way = choose.build(choice, env)
        except CheaprouteError as error:
            return _without(bulk_reads.FAILED, error, env)
        try:
            return _made(
                wanted,
                env,
                settings,
                Purse(
                    db,
                    way,
                    context.prices,
                    "digest",
                    context.time_ms,
                    session=wanted["session"],
                    project=wanted["project"],
                ),
            )
        finally:
            getattr(way, "close", lambda: None)()


def _made(
    wanted: dict[str, Any], env: Mapping[str, str], settings: dict[str, object], purse: Purse
) -> dict[str, Any]:
    source = digest.Source(
        wanted["path"], wanted["text"], wanted["prompt"], wanted["reader"], wanted["shown"]
    )
    timeout_s = reader.number(settings, "digest.timeout_s")
    left_s = wanted["until_s"] - time.monotonic() - _BOOKING_S - timeout_s * _SHARE
    try:
        made = digest.make(source, purse, reader.text(settings, "models.haiku"), left_s)
    except CapReached:
        return {"outcome": bulk_reads.KEPT + "cap"}
    except Withheld:
        return {"outcome": bulk_reads.KEPT + "secret"}
    except CheaprouteError as error:
        useless = isinstance(error, digest.Useless)
        answer = _without(bulk_reads.KEPT if useless else bulk_reads.FAILED, error, env)
        if purse.calls:  # paid for nothing: that counts against what digests save
            answer |= {"call": purse.calls[0].id, "saved_nano": -(purse.nano or 0)}
        return answer
    return {
        "outcome": bulk_reads.MADE,
        "text": made.text,
        "call": purse.calls[0].id,
        "saved_nano": made.saved_nano,
        "worth_nano": made.saved_nano + (purse.nano or 0),
    }


def _without(what: str, error: CheaprouteError, env: Mapping[str, str]) -> dict[str, Any]:
    """The answer where there is no digest; the log has the line."""
    log.write(env, "digest", error)
    return {"outcome": what + failure.kind(error)}
