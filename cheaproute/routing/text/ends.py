"""The two ends of a long text: there people say what they want."""

from __future__ import annotations

# What is read at a prompt's two ends at the most: it is what a decision takes its time for. In a
# script without blanks a word is a sentence.
HEAD_WORDS, TAIL_WORDS = 200, 70
HEAD_CHARS, TAIL_CHARS = 2000, 700
FENCE = "```"  # of code


def of(prompt: str) -> str:
    """The two ends of a prompt that are read, "" where all of it is."""
    most, signs = HEAD_WORDS + TAIL_WORDS, HEAD_CHARS + TAIL_CHARS
    if len(prompt) <= signs and len(prompt.split(None, most)) <= most:
        return ""
    head, tail = prompt[:HEAD_CHARS], prompt[-TAIL_CHARS:]
    last, first = head.split(None, HEAD_WORDS)[HEAD_WORDS:], tail.rsplit(None, TAIL_WORDS)
    head = head[: len(head) - len(last[0])] if last else head
    tail = tail[len(first[0]) :] if len(first) > TAIL_WORDS else tail
    # A fence reaches no further than the end it stands in: what is asked last is no code.
    if head.count(FENCE) % 2:
        head = f"{head}\n{FENCE}"
    if tail.count(FENCE) % 2:
        tail = f"{FENCE}\n{tail}"
    return f"{head}\n{tail}"
