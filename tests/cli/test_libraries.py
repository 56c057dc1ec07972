"""A library that the environment will have, while that is being built."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

from cheaproute.cli import libraries
from cheaproute.cli.context import Context
from cheaproute.config.venv import build, status


@pytest.mark.parametrize("there", [True, False])
def test_on_a_terminal_it_is_waited_for(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And found where the build left it; where that failed it is lacking, as if nobody waited."""
    name = f"cheaproute_awaited_{there}"
    place = Path(libraries._libraries(str(tmp_path)))
    waited = []

    def wait(*_: object) -> bool:
        waited.append(1)
        if there:
            place.mkdir(parents=True)
            (place / f"{name}.py").write_text("found = 1\n")
        return there

    monkeypatch.setattr(build, "wait", wait)
    monkeypatch.setattr(status, "place", lambda _env: str(tmp_path))
    monkeypatch.setattr(libraries, "NEEDED", {name})
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    context = Context(os.environ)
    libraries.await_them(context)
    assert not any(isinstance(one, libraries.Awaited) for one in sys.meta_path)  # no terminal
    context.err.terminal = True
    libraries.await_them(context)
    if there:
        assert importlib.import_module(name).__dict__["found"] == 1
    else:
        with pytest.raises(ModuleNotFoundError, match=name):
            importlib.import_module(name)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("cheaproute_another_one")
    assert waited == [1]
