"""A bug's trace goes to the log, without the values it met: they may be the user's text."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Mapping

from cheaproute.config import paths


def record(error: BaseException, env: Mapping[str, str]) -> str:
    """Append where `error` arose to the log (0600); the log's path, or why there is none."""
    path = paths.log_file(env)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    frames = "".join(traceback.format_tb(error.__traceback__))
    entry = f"{stamp} cli {type(error).__name__}\n{frames}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, entry.encode())
        finally:
            os.close(handle)
    except OSError as failure:
        return f"(not logged: {failure})"
    return path
