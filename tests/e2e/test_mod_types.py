"""The module against the types that the client writes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e import client, typings
from tests.e2e.session import Machine

FILES = ("mod.js", "mod/types.d.ts", "mod/contract.d.ts")


def config(place: Path, types: str, hooks: str) -> str:
    """A project of the module in the folder `hooks`; its configuration's path."""
    files = [types, *(os.path.join(hooks, name) for name in FILES)]
    path = place / "tsconfig.json"
    path.write_text(json.dumps({"compilerOptions": typings.OPTIONS, "files": files}))
    return str(path)


@pytest.fixture
def tsc() -> str:
    """The compiler."""
    try:
        return typings.compiler()
    except client.ClientMissing as missing:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
        raise


@pytest.mark.long
@pytest.mark.parametrize("version", [client.NEWEST])
def test_the_module_is_typed(bare: Machine, tsc: str, tmp_path: Path) -> None:
    """The compiler finds nothing in the module, and finds an event's misspelt field."""
    types = typings.declarations(bare)
    assert typings.check(config(tmp_path, types, os.path.join(ROOT, "hooks")), tsc) == ""
    wrong = tmp_path / "hooks"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(os.path.join(ROOT, "hooks"), wrong, ignore=ignored)
    text = (wrong / "mod.js").read_text()
    (wrong / "mod.js").write_text(text.replace("e.turnId", "e.turnID"))
    assert "turnID" in typings.check(config(tmp_path, types, str(wrong)), tsc)
