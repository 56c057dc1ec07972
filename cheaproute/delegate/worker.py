"""The process that makes one digest: JSON in on stdin, JSON out on stdout, nothing else.

In: `Source`'s fields and `session`, `project`. Out: `outcome` (see `ledger.digests`), and for one
that was made `text`, `call` (the id on which the saving is booked) and `saved_nano`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from cheaproute import log
from cheaproute.config import paths, snapshot
from cheaproute.delegate import backend, digest, failure
from cheaproute.delegate.spend import Purse
from cheaproute.errors import CapReached, CheaprouteError
from cheaproute.ledger import digests, store
from cheaproute.usage import prices


def main() -> None:
    """Make the digest that stdin asks for."""
    json.dump(answer(json.loads(sys.stdin.buffer.read()), os.environ), sys.stdout)


def answer(wanted: dict[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """The answer to `wanted`; an expected failure is an outcome, and goes to the log."""
    with closing(store.connect(paths.ledger_file(env))) as db:
        try:
            settings: dict[str, Any] = snapshot.load(env)
            purse = Purse(
                db,
                backend.build(backend.choose(env, settings["delegate"]["backend"]), env),
                prices.load(settings["prices"]["overrides"]),
                "digest",
                lambda: int(time.time() * 1000),
                session=wanted["session"],
                project=wanted["project"],
            )
            source = digest.Source(
                wanted["path"], wanted["text"], wanted["prompt"], wanted["reader"], wanted["shown"]
            )
            # Half of it is ours: a retry has to fit in as well.
            made = digest.make(
                source, purse, settings["models"]["haiku"], settings["digest"]["timeout_s"] * 0.8
            )
        except CapReached:
            return {"outcome": digests.KEPT + "cap"}
        except CheaprouteError as error:
            log.write(env, "digest", error)
            return {"outcome": digests.FAILED + failure.kind(error)}
    return {
        "outcome": digests.MADE,
        "text": made.text,
        "call": purse.calls[0].id,
        "saved_nano": made.saved_nano,
    }
