"""Names that only hold a Claude name, and what a pass inside a message costs: over a grid."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from cheaproute.client.transcript import rows
from cheaproute.usage import models, prices
from cheaproute.usage.prices import cost_nano
from tests.transcripts import assistant

PRICES = prices.load()
# Dollars per million tokens, from the published list: input, output, 5m write, 1h write, read.
LIST = {
    "claude-opus-5-5": (4, 20, 5, 8, 0.2),
    "claude-sonnet-5-5": (2, 10, 2.5, 4, 0.1),
    "claude-fable-5-2": (8, 40, 10, 16, 0.2),
    "claude-haiku-5-5": (0.1, 0.5, 0.125, 0.2, 0.01),
}
HIGH = (0.5, 2.5, 0.625, 1.0, 0.05)  # Haiku 5.5 above 100,000 tokens of prompt
NO_FAST = ("claude-sonnet-5-5", "claude-haiku-5-5")


@pytest.mark.parametrize(
    "name",
    [
        "qwen3-claude-opus-4-5",
        "ollama/not-claude-opus-4-5:7b",
        "ollama/claude-opus-4-5",
        "claude-opus-4-5:7b",
        "claude-opus-4-5:q4_K_M",
        "my-claude-opus-4-5",
        "hf.co/someone/claude-opus-4-5",
        "lmstudio/claude-haiku-5-5",
        "deepseek/claude-opus-4-5",
        "claude-opus-4-5-distill",
        "Qwen3-Claude-Opus-4-5",
        "Ollama/Claude-Opus-4-5",
        "claude-opus-4-5-thinking-distill",
        "claude-opus-4-5-fast",
        "/models/claude-opus-4-5.gguf",
    ],
)
def test_a_local_model_has_no_price(name: str) -> None:
    """A name that only holds a Claude name is unknown, never priced."""
    assert PRICES.of(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-4-5",
        "claude-opus-4-5-20251101",
        "claude-opus-4-5@20251101",
        "claude-opus-4-5[1m]",
        "anthropic.claude-opus-4-5-20251101-v1:0",
        "us.anthropic.claude-opus-4-5-20251101-v1:0",
        "global.anthropic.claude-opus-4-5-20251101-v1:0[1m]",
        "anthropic/claude-opus-4.5",
        "anthropic/claude-opus-4.5:beta",
        "openrouter/anthropic/claude-opus-4-5",
        "bedrock/eu.anthropic.claude-opus-4-5-20251101-v1:0",
        "vertex_ai/claude-opus-4-5@20251101",
        "publishers/anthropic/models/claude-opus-4-5",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0",
        "https://localproxy.example/claude-opus-4-5"[26:],
        "Claude-Opus-4-5",
        "CLAUDE-OPUS-4-5-20251101",
        "Anthropic/Claude-Opus-4.5",
        "Claude Opus 4.5",
        "claude_opus_4_5",
        " claude-opus-4-5 ",
        "claude-opus-4-5-thinking",
        "claude-opus-4-5-20251101-thinking",
        "claude-opus-4-5-thinking-20251101",
        "US.Anthropic.Claude-Opus-4-5-20251101-V1:0",
        "claude-opus-4-5-thinking[1M]",
    ],
)
def test_a_providers_spelling_has_one(name: str) -> None:
    """Providers, regions, dates and windows do not change whose price it is."""
    assert models.canonical(name) == "claude-opus-4-5"


def counted(tokens: int) -> dict[str, Any]:
    """A usage with all five kinds of tokens."""
    return {
        "input_tokens": tokens,
        "output_tokens": tokens // 10 + 1,
        "cache_creation_input_tokens": 700,
        "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 400},
        "cache_read_input_tokens": 2 * tokens,
    }


def dollars(model: str, tokens: int, speed: str, geo: str, tier: str) -> int:
    """The list price in nano-dollars, figured out by hand."""
    counts = (tokens, tokens // 10 + 1, 300, 400, 2 * tokens)
    haiku = model == "claude-haiku-5-5"
    rates = HIGH if haiku and 3 * tokens + 700 > 100_000 else LIST[model]
    total = sum(round(count * rate * 1000) for count, rate in zip(counts, rates, strict=True))
    total *= 2 if speed == "fast" else 1
    percent = (110 if geo == "us" else 100) * (50 if tier == "batch" else 100)
    return (total * percent + 5000) // 10_000


GRID = itertools.product(
    LIST, (0, 5, 33_099, 33_100, 200_000), ("standard", "fast"), ("", "us"), ("standard", "batch")
)


@pytest.mark.parametrize(("model", "tokens", "speed", "geo", "tier"), list(GRID))
def test_the_grid(model: str, tokens: int, speed: str, geo: str, tier: str) -> None:
    """Modes, tiers, sizes and cache kinds, with an advisor inside that is never fast."""
    advisor = counted(1000) | {"type": "advisor_message", "model": "claude-sonnet-5-5"}
    more = {"speed": speed, "inference_geo": geo, "service_tier": tier}
    used = counted(tokens) | more | {"iterations": [advisor]}
    call, beside = rows.calls(assistant(model=model, used=used))
    expected = dollars(model, tokens, speed, geo, tier)
    if speed == "fast" and model in NO_FAST:
        assert cost_nano(call, PRICES) is None
    else:
        assert cost_nano(call, PRICES) == expected
    plain = dollars("claude-sonnet-5-5", 1000, "standard", geo, tier)
    assert cost_nano(beside, PRICES) == plain
