from __future__ import annotations

import pytest

from cheaproute.client import tools


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ("ls -la src | head -20", False),
        ("git log --oneline -5 && git diff main", False),
        ("git -C /x commit -m y", True),
        ("cat a.txt > b.txt", True),
        ("grep -r foo . 2>/dev/null", False),
        ("grep -r foo . 2>&1 | wc -l", False),
        ("find . -name '*.pyc' -delete", True),
        ("sed -n 1,20p a.py", False),
        ("sed -i s/a/b/ a.py", True),
        ("cat $(rm -rf x)", True),
        ("pytest -q", True),
        (r'grep -rn "coupon\|discount" src | head', False),
        (r"grep -rnE 'total|sum; a > b' src --include='*.py'", False),
        (r'grep -rn "=> \"x\"" src', False),
        ('grep "$(rm x)" src', True),
        ("""awk '{print > "out"}' a""", True),
        ("ls | xargs sh -c 'cat {}; rm {}'", True),
        ("'rm' x", True),
        ("", True),
    ],
)
def test_a_command_that_only_looks_is_told_from_one_that_may_change(
    command: str, changed: bool
) -> None:
    """Reading programs are known by name; a redirection or an unknown program counts as change."""
    assert tools.changes("Bash", {"command": command}) is changed


@pytest.mark.parametrize(
    ("tool", "changed"),
    [("Read", False), ("Edit", True), ("mcp__x__get_issue", False), ("mcp__x__update_issue", True)],
)
def test_tools_are_known_by_name(tool: str, changed: bool) -> None:
    """What is not known to look only may change something."""
    assert tools.changes(tool, {}) is changed


def test_a_file_is_the_same_target_for_every_tool() -> None:
    """Reading and editing a file meet in one hash, and only the extension is kept as text."""
    read = tools.target("Read", {"file_path": "/src/secret-name.PY"})
    edit = tools.target("Edit", {"file_path": "/src/secret-name.PY", "old_string": "x"})
    assert read == edit
    assert read[1] == ".py"
    assert tools.target("Grep", {"pattern": "x", "path": "a"}) != tools.target(
        "Grep", {"pattern": "x", "path": "b"}
    )
    assert tools.target("TodoWrite", {}) == (0, "")
