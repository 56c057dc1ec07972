"""How a transcript opens: the model it announces before the first answer is written down."""

from __future__ import annotations

# An attachment row of 2.1.x: {"attachment": {"type": "model", "identity": {"modelId": ...}}, ...}
_MARK = b'"attachment":{"type":"model","identity":{"modelId":"'
# The rows before the first answer hold tool and skill listings: some tens of kilobytes.
_MOST_BYTES = 1 << 20


def announced_model(path: str) -> str:
    """The main loop's model as the transcript at `path` announces it, "" if it does not."""
    try:
        with open(path, "rb") as file:
            head = file.read(_MOST_BYTES)
    except (OSError, ValueError):
        return ""
    start = head.rfind(_MARK)
    if start < 0:
        return ""
    start += len(_MARK)
    return head[start : head.find(b'"', start)].decode("utf-8", "replace")
