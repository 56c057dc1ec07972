"""Claude Code's own settings.json: the one key `model`, read and changed; the rest is kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cheaproute.client import settings
from cheaproute.config import changes, json_edit
from cheaproute.errors import ConfigError

KEY = "model"


def file(env: Mapping[str, str]) -> str:
    """The user's settings.json."""
    return settings.user_file(env)


def model(env: Mapping[str, str]) -> str:
    """The model it names, "" if none.

    Raises:
        ConfigError: the file is not a JSON object.
    """
    return model_in(changes.read(file(env)), file(env))


def model_in(content: bytes | None, path: str) -> str:
    """The model that settings of this `content` name, "" if none.

    Raises:
        ConfigError: the content is not a JSON object.
    """
    value = _guarded(path, content, lambda text: json_edit.get(text, KEY) if text.strip() else None)
    return value if isinstance(value, str) else ""


def with_values(content: bytes | None, values: Mapping[str, object], path: str) -> bytes:
    """The content with these keys set (`inside`); None takes one out. Every other byte stays.

    Raises:
        ConfigError: the content is not a JSON object.
    """
    for key, value in values.items():
        put = partial(json_edit.put_at, path=inside(key), value=value)
        text = _guarded(path, content, put)
        assert isinstance(text, str)  # noqa: S101  # what `put` gives
        content = text.encode()
    return content or b""


def inside(key: str) -> tuple[str, ...]:
    """Where a key stands: `env.NAME` and `modelSettings.ID.NAME` are inside objects."""
    section, _, rest = key.partition(".")
    if section == "env" and rest:
        return section, rest
    model, _, name = rest.rpartition(".")
    return (section, model, name) if section == "modelSettings" and model else (key,)


def flat(content: Mapping[str, object]) -> dict[str, object]:
    """The settings by key, those inside objects by the names that `inside` knows."""
    found = dict(content)
    for section in ("env", "modelSettings"):
        part = content.get(section)
        for name, value in part.items() if isinstance(part, dict) else ():
            inner = value.items() if section != "env" and isinstance(value, dict) else ()
            found |= {f"{section}.{name}.{key}": one for key, one in inner}
            if section == "env":
                found[f"env.{name}"] = value
    return found


def _guarded(path: str, content: bytes | None, work: _Work) -> object:
    try:
        return work((content or b"").decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a JSON object, so left alone: {error}") from error


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    _Work = Callable[[str], object]
