"""The plugin as the client sees it: valid, installable, and harmless when it can do nothing."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.e2e.client import NEWEST
from tests.e2e.session import Machine


@pytest.mark.parametrize("version", [NEWEST])  # the status line's component is of 2.1.332
def test_the_plugin_would_be_taken_by_the_directory(machine: Machine) -> None:
    """`claude plugin validate` has no error, no warning, and no objection to a listing."""
    done = machine.client("plugin", "validate", ROOT, "--strict", "--profile", "directory")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to report" in done.stdout
