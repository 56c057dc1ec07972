"""What a call is for that the module asks the client for, and the client's own words for it."""

from __future__ import annotations

READER, HAND_OVER, KEEP_WARM = "reader", "hand-over", "keep-warm"
# What the client keeps no record of: its checks in auto mode, anything else.
CHECK, UNRECORDED = "auto_mode", "unrecorded"
# The client's words for what any module asks it for; a fork's is that of the user's own hooks, too.
COMPLETION, FORK = "plugin_model_complete", "hook_prompt"
FORKS = (KEEP_WARM,)
COMPLETIONS = (READER, HAND_OVER, COMPLETION)


def clients_word(purpose: str) -> str:
    """What the client calls what we call `purpose`."""
    return FORK if purpose in FORKS else COMPLETION
