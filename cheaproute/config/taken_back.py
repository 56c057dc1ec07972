"""A change taken back out of a file that was edited since: key by key, the rest stays."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

from cheaproute.config import json_edit, toml_edit, toml_file
from cheaproute.config.changes import Change
from cheaproute.errors import ConfigError


def keys(change: Change, now: bytes) -> bytes:
    """`now` with the keys that are still as the change left them as they were before it.

    Raises:
        ConfigError: the file is of another kind, or is none of its kind any more.
    """
    try:
        if change.path.endswith(".json"):
            return _json(change, now)
        if change.path.endswith(".toml"):
            return _toml(change, now)
    except (ValueError, RecursionError) as error:
        raise _unclear(change) from error
    raise _unclear(change)


def _unclear(change: Change) -> ConfigError:
    return ConfigError(
        f"{change.path} was changed since: see {change.place}, or overwrite it with --yes"
    )


def _json(change: Change, now: bytes) -> bytes:
    before, after = (_object(one) for one in (change.before, change.after))
    text = now.decode("utf-8")
    for path, value in _ours(before, after, _object(now)):
        text = json_edit.put_at(text, path, value)
    return text.encode()


def _ours(
    before: dict[str, object], after: dict[str, object], stands: dict[str, object]
) -> Iterator[tuple[tuple[str, ...], object]]:
    """The keys that the change set and that still are as it left them, with what stood there."""
    for key in sorted(after):
        old, new, now = before.get(key), after[key], stands.get(key)
        if old == new:
            continue
        if isinstance(new, dict) and isinstance(now, dict) and isinstance(old, dict | None):
            for path, value in _ours(old or {}, new, now):
                yield (key, *path), value
        elif now == new:
            yield (key,), old


def _object(content: bytes | None) -> dict[str, object]:
    found = json.loads((content or b"{}").decode("utf-8-sig") or "{}")
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004  # what the caller minds
    return found


def _toml(change: Change, now: bytes) -> bytes:
    before, after = (flat(one) for one in (change.before, change.after))
    stands = flat(now)
    back: dict[str, object] = {}
    for key, value in after.items():
        known, old = stands.get(key), before.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            # A table of rules: each rule is a key of its own.
            rules = old if isinstance(old, dict) else {}
            ours = {one for one in value if value[one] != rules.get(one)}
            kept = {one: rule for one, rule in known.items()
                    if one not in ours or rule != value[one]}  # fmt: skip
            kept |= {one: rules[one] for one in ours & set(rules) if one not in kept}
            if kept != known:
                back[key] = kept or None
        elif value != old and known == value:
            back[key] = old
    edited = toml_edit.edited(change.path, back)[1] if back else None
    return now if edited is None else toml_file.text(change.path).encode(edited)


def flat(content: bytes | None) -> dict[str, object]:
    """Settings by dotted key; a table of rules is one of them.

    Raises:
        ValueError: it is no TOML.
    """
    found: dict[str, object] = {}
    for name, value in tomllib.loads((content or b"").decode("utf-8-sig")).items():
        if isinstance(value, dict):
            found.update({f"{name}.{key}": one for key, one in value.items()})
        else:
            found[name] = value
    return found
