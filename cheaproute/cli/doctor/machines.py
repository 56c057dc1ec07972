"""Do rounds with the other machines, or with a team's server, succeed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

from cheaproute.cap.shared import failing
from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import WARNING, Finding
from cheaproute.config import paths
from cheaproute.errors import LedgerError
from cheaproute.ledger import store
from cheaproute.report import dates

_DO = {"sync": "run `cheaproute sync`", "team": "run `cheaproute team`"}


def rounds(context: Context) -> Iterator[Finding]:
    """Those that fail, since when and why: what others spent meanwhile is not known here."""
    path = paths.ledger_file(context.env)
    if not os.path.exists(path):
        return
    try:
        with closing(store.connect(path)) as db:
            found = [(what, failing.of(db, what, context.now_ms())) for what in failing.WITH]
    except LedgerError:
        return  # said above
    for what, one in found:
        if one is not None:
            first = dates.ago(one.since_ms, context.now_ms())
            said = f"rounds with {one.what} fail (first {first}): {one.why}"
            yield Finding(WARNING, said, paths.data_dir(context.env), _DO[what])
