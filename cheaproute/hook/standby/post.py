"""As little of HTTP as the client speaks to whoever stands by: one POST, and what is said to it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

# Before what is said, which ends with the connection.
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
_MOST_HEAD = 1 << 16
_UNTIL = b"x-until"


def body(connection: socket) -> tuple[bytes, int]:
    """What a POST says, and until when it waits (ms since 1970); ValueError for anything else."""
    said = b""
    while b"\r\n\r\n" not in said and len(said) < _MOST_HEAD:
        part = connection.recv(1 << 16)
        if not part:
            break
        said += part
    head, _, told = said.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    size = int(fields[b"content-length"])
    while len(told) < size:
        part = connection.recv(1 << 20)
        if not part:
            raise ValueError("an incomplete question")
        told += part
    return told, int(fields.get(_UNTIL, b"0"))
