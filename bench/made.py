"""A made history of the size and shape of a heavy user's, the same every time.

What was counted on 1.1 GB of real transcripts of January 2026: 106,000 rows of API messages for
24,000 of them (a row for each content block), most bytes in tool results, which stand twice in a
row, and output tokens that only the last row of a message has in full.
"""

from __future__ import annotations

import json
import os
import random
import time

_SIZES = (200, 800, 3_000, 8_000, 20_000, 40_000)
_START_S = 1_768_000_000


class History:
    """Transcripts below `place`; `write` makes them until there are so many bytes."""

    def __init__(self, place: str, *, seed: int = 1) -> None:
        self.folder = os.path.join(place, "projects", "-home-u-proj")
        self.messages = 0
        self._random = random.Random(seed)
        words = ["".join(self._random.choices("abcdefghijklmnopqrstuvwxyz_", k=n % 9 + 2))
                 for n in range(5_000)]  # fmt: skip
        self._texts = [self._text(words, size) for size in _SIZES for _ in range(30)]

    def _text(self, words: list[str], size: int) -> str:
        """Text as it stands in a JSON string: escaped quotes, and words that look like counts."""
        parts: list[str] = []
        length = 0
        while length < size:
            word = self._random.choice(words)
            chance = self._random.random()
            word += '\n    "usage": {1}' if chance < 0.01 else "\n    " if chance < 0.1 else " "
            parts.append(word)
            length += len(word)
        return json.dumps("".join(parts))[1:-1]

    def write(self, size: int, *, one_file: bool = False) -> int:
        """Write at least `size` bytes, in files of some megabytes or in one; how many."""
        os.makedirs(self.folder, exist_ok=True)
        written, sessions = 0, 0
        while written < size:
            name = f"{self._random.getrandbits(32):08x}-0000-4000-8000-{sessions:012x}"
            path = os.path.join(self.folder, f"{name}.jsonl")
            with open(path, "w", encoding="utf-8") as file:
                turns = self._random.randint(20, 200)
                at = _START_S + sessions * 3_000
                while turns or (one_file and written + file.tell() < size):
                    at += self._random.randint(2, 20)
                    file.write(self._turn(name, at))
                    turns = max(0, turns - 1)
                written += file.tell()
            sessions += 1
        return written

    def _turn(self, session: str, at: int) -> str:
        """An API message of some blocks, a row each, and the tool's result."""
        self.messages += 1
        number = self.messages
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
        head = (
            f'{{"parentUuid":"{number:032x}","isSidechain":false,"userType":"external",'
            f'"cwd":"/home/u/proj","sessionId":"{session}","version":"2.1.9","gitBranch":"main",'
        )
        blocks = self._random.choice((2, 3, 4, 5, 6, 6))
        early = self._random.randint(1, 8)
        rows = []
        for block in range(blocks):
            output = self._random.randint(50, 2_000) if block == blocks - 1 else early
            written = number % 5_000
            usage = (
                f'{{"input_tokens":3,"cache_creation_input_tokens":{written},'
                f'"cache_read_input_tokens":{number * 7 % 90_000},"cache_creation":'
                f'{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":{written}}},'
                f'"output_tokens":{output},"service_tier":"standard"}}'
            )
            text = self._random.choice(self._texts[:90])
            rows.append(
                f'{head}"message":{{"model":"claude-opus-4-5-20251101","id":"msg_01{number:022d}",'
                f'"type":"message","role":"assistant","content":[{{"type":"text","text":"{text}"}}],'
                f'"stop_reason":null,"stop_sequence":null,"usage":{usage}}},'
                f'"requestId":"req_{number:020d}","type":"assistant","uuid":"{number:032x}",'
                f'"timestamp":"{when}.{block:03d}Z"}}\n'
            )
        result = self._random.choice(self._texts[60:])
        rows.append(
            f'{head}"type":"user","message":{{"role":"user","content":[{{"tool_use_id":'
            f'"toolu_{number}","type":"tool_result","content":"{result}"}}]}},"uuid":"{number:032x}",'
            f'"timestamp":"{when}.900Z","toolUseResult":{{"stdout":"{result}"}}}}\n'
        )
        return "".join(rows)
