"""The client in a narrow terminal: tables keep their rows, by the module and by a typed prompt."""

from __future__ import annotations

import os
import re

import pytest

from cheaproute.ledger import store
from tests import ledgers
from tests.e2e import tui as tuis
from tests.e2e.session import Machine


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_no_row_is_wrapped(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """In 60 columns each session is one line, and nothing was asked of the API."""
    monkeypatch.setattr(tuis, "WIDTH", 60)
    os.makedirs(machine.data, mode=0o700, exist_ok=True)
    db = store.connect(os.path.join(machine.data, "ledger.db"))
    ledgers.year(db)
    db.close()
    with machine.tui(model="opus") as tui:
        tui.ready()
        tui.type("cheaproute costs 2026-10 sessions")
        shown = tui.wait("shows one of them")
    rows = re.findall(r"^ *0000[0-9a-f]{4}  +\$\d+\.\d\d  +\d+ %  +\d+", shown, re.MULTILINE)
    assert len(rows) == 20
    assert not machine.api.calls
