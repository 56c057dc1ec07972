"""Model names: the many spellings of one model, brought to the one the price table uses."""

from __future__ import annotations

# What Claude Code writes where no model answered (an interruption, an API error): it costs nothing.
SYNTHETIC = "<synthetic>"
# Where a row tells what was used, and not by which model.
UNKNOWN = "unknown"

# Families by rising price; the place is the rank.
FAMILIES = ("haiku", "sonnet", "opus", "fable", "mythos")

# What stands before a name, and is no provider of Claude: something runs here under its name.
_LOCAL = (
    "ollama", "lmstudio", "lm-studio", "lm_studio", "llama", "vllm", "local", "gguf", "mlx",
    "qwen", "mistral", "deepseek", "gemma", "kimi", "glm", "hf.co", "huggingface", "distill",
)  # fmt: skip
# What a provider puts behind a colon, besides Bedrock's numbers.
_TAGS = ("beta", "thinking", "extended", "nitro", "floor", "online", "self-moderated", "latest")
# What stands behind a name, beside a date, and changes no price.
_ENDINGS = ("latest", "thinking", "v1", "v2", "v3")
_RENAMED = {"claude-opus-4": "claude-opus-4-0", "claude-sonnet-4": "claude-sonnet-4-0"}

# Words for how hard a model thinks: the least, and what the client asks for where nobody chose.
LOW, USUAL = "low", "medium"


def canonical(name: str) -> str:
    """`name` without what does not change its price: provider, region, date, version, window.

    `us.anthropic.claude-haiku-4-5-20251001-v1:0`, `claude-haiku-4-5@20251001`, `Claude Haiku 4.5`,
    `claude-haiku-4-5-thinking` and `claude-haiku-4-5[1m]` are all `claude-haiku-4-5`. A name
    without "claude" stays as it is, and so does one that only holds it: `qwen3-claude-opus-4-5`,
    `ollama/claude-opus-4-5:7b`.
    """
    plain = "-".join(name.lower().replace("_", " ").split())
    start = plain.find("claude-")
    if start < 0 or (start and not _is_provider(plain[:start])):
        return name
    short = plain[start:]
    tag = short.partition(":")[2].partition(":")[0].partition("[")[0]
    if tag and not tag.isdigit() and tag not in _TAGS:
        return name
    for mark in ("[", "@", ":"):
        short = short.partition(mark)[0]
    words = short.rstrip("-").replace(".", "-").split("-")
    while words[-1] in _ENDINGS or (len(words[-1]) == 8 and words[-1].isdigit()):
        words.pop()
    short = "-".join(words)
    return _RENAMED.get(short, short)


def windowless(name: str) -> str:
    """`name` as who answers writes it: without the window that it was asked with (`[1m]`)."""
    return name.removesuffix("[1m]")


def _is_provider(before: str) -> bool:
    """Whether what stands before a model's name may be a provider or a region of it."""
    return before[-1] in "./:" and not any(word in before for word in _LOCAL)


def family(name: str) -> str:
    """The family of a model id or alias, "" for one not known."""
    low = name.lower()
    return next((one for one in FAMILIES if one in low), "")
