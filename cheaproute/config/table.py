"""Every setting there is: its default, its kind and its meaning, in one table (hot path).

Kinds: `bool`, `int`, `usd` (a number of dollars or unset), `share` (0 to 1), `seconds`, `text`,
`text?` (may be empty), `a|b|c` (one of these words), `[int]`, `[text]`, `{tier}` (a table of
name = tier or "keep"),
`{price}` (a table of model id = USD per million tokens by field). A setting that gets another name,
or none, keeps a row in `RENAMED`: a config.toml of an earlier version is read, never refused.
"""

from __future__ import annotations

SETTINGS: dict[str, tuple[object, str, str]] = {
    "billing": ("auto", "auto|api|plan", "how you pay: per token (api) or by subscription (plan)"),
    "on_error": ("open", "open|closed", "what a cap gate does when cheaproute itself fails"),
    "debug": (False, "bool", "log each hook call: sizes, times and kinds, never a text"),
    "show": ("line", "line|status|quiet", "what was done: under the answer, in the status line"),
    "mod.enabled": (True, "bool", "the module inside the client: exact cap and counts, `/costs`"),
    "models.haiku": ("claude-haiku-5-5", "text", "model id of delegated calls and the guide"),
    "models.sonnet": ("claude-sonnet-5-5", "text", "model id of the guide's API"),
    "models.opus": ("claude-opus-5-5", "text", "model id of the guide's API"),
    "routing.enabled": (True, "bool", "route subagents at all"),
    "routing.main": (
        "off",
        "off|advise|auto",
        "choose the main loop's model, turn by turn; advise: only say it",
    ),
    "routing.main_keep": ([], "[text]", "models of the main loop that are left alone"),
    "routing.max_unsafe": (
        0.02,
        "share",
        "share of tasks needing more than Haiku that may go there by text; 0: none",
    ),
    "routing.ask": (
        "auto",
        "auto|off",
        "ask Haiku about texts that are open, where the module lives; off: never",
    ),
    "routing.effort": (
        "auto",
        "auto|try|off",
        "low effort for sure lookups; auto: once your ledger shows the cache is kept; try: now",
    ),
    "routing.explore": (
        False,
        "bool",
        "let what is open start one tier down, where the module can take it up (never on Haiku)",
    ),
    "routing.allow_upgrade": (False, "bool", "let a hard task run on a dearer model than asked"),
    "routing.keep_explicit": (True, "bool", "keep the model a call names itself"),
    "routing.guide_opus": (False, "bool", "let route_model answer with the opus model"),
    "routing.agents": ({}, "{tier}", "tier by agent type, or keep"),
    "routing.categories": ({}, "{tier}", "tier by task category, or keep"),
    "cap.month_usd": (None, "usd", "cap per calendar month, UTC; 0: none"),
    "cap.day_usd": (None, "usd", "cap per day, UTC; 0: none"),
    "cap.session_usd": (None, "usd", "cap per session; 0: none"),
    "cap.at_cap": ("auto", "auto|block|cheap|warn", "at the cap; auto: block, on a plan warn"),
    "cap.alerts": ([50, 75, 90, 95], "[int]", "percentages of a cap that are announced once"),
    "cap.notify": (False, "bool", "announce alerts as a desktop notification too"),
    "cap.runaway": ("tell", "tell|stop|off", "what looks like a runaway is told, stopped or not"),
    "cap.command": ([], "[text]", "a command to run at an alert: program and arguments"),
    "delegate.backend": ("auto", "auto|api|claude", "who makes delegated calls"),
    "delegate.timeout_s": (120, "seconds", "time for one delegated call"),
    "digest.enabled": (True, "bool", "digest bulk reads"),
    "digest.kinds": (["log", "lock", "data", "generated"], "[text]", "kinds of files digested"),
    "digest.min_bytes": (40_000, "int", "smaller files are read as they are"),
    "digest.outside_project": (False, "bool", "digest files outside the project, too"),
    "digest.timeout_s": (20, "seconds", "time for a digest; then the file itself stands"),
    "plan.days": (30, "int", "days that `cheaproute plan` looks back"),
    "plan.min_samples": (8, "int", "fewer cases than this are no evidence"),
    "plan.min_usd": (1, "usd", "steps worth less a month are not made"),
    "plan.promote_above": (0.25, "share", "redone for sure in more Haiku runs than this: promote"),
    "plan.demote_above": (0.6, "share", "only read and reported for sure in more: demote"),
    "plan.nudge_usd": (5, "usd", "a weekly line at session start if the plan saves this a month"),
    "plan.window_tokens": (0, "int", "compact past so many tokens (with the module); 0: as it is"),
    "plan.task_tokens": (0, "int", "compact past so many where unrelated work begins; 0: never"),
    "plan.cold_return": ("off", "off|ask|always", "after a pause: start from a checked hand-over"),
    "plan.cold_tokens": (100_000, "int", "a context of fewer tokens is gone on with, cold or not"),
    "plan.handover": ("main", "main|haiku|cheaper", "who sums a context up when it is compacted"),
    "plan.keep_warm": (0, "int", "pings that keep the cache in a pause, at most; 0: none"),
    "plan.keep_warm_usd": (1, "usd", "most that these pings may cost a day"),
    "sync.folder": ("", "text?", "a folder that your machines share; one total over all of them"),
    "sync.projects": (False, "bool", "tell the other machines the names of projects"),
    "sync.share": (0.0, "share", "this machine's part of the monthly cap; 0: no part of its own"),
    "report.timezone": (
        "",
        "text?",
        "whose days you read (Europe/Berlin, UTC); empty: this machine's",
    ),
    "report.titles": (True, "bool", "show sessions with their titles, read from the transcripts"),
    "ledger.claude_dirs": ([], "[text]", "further config directories of Claude Code to read"),
    "ledger.keep_days": (0, "int", "drop single calls after so many days, keep totals; 0: never"),
    "prices.overrides": ({}, "{price}", "your own prices, USD per million tokens"),
}

# Old name -> today's; "" for a setting that is no longer read. `cheaproute config migrate` rewrites
# a file by this table, and `doctor` says so once.
RENAMED: dict[str, str] = {
    "routing.caution": "",  # a probability; `routing.max_unsafe` is a share of tasks
    "tune.days": "plan.days",
    "tune.min_samples": "plan.min_samples",
    "tune.min_usd": "plan.min_usd",
    "tune.promote_above": "plan.promote_above",
    "tune.demote_above": "plan.demote_above",
    "tune.nudge_usd": "plan.nudge_usd",
    "tune.everyday_above": "",  # the main loop is judged by its own classifier
}


def defaults() -> dict[str, object]:
    """The settings nobody touched, nested by section: `{"routing": {"enabled": True, ...}, ...}`.

    The values are shared with the table: read them, do not change them.
    """
    nested: dict[str, object] = {}
    for key, (value, _, _) in SETTINGS.items():
        put(nested, key, value)
    return nested


def put(nested: dict[str, object], key: str, value: object) -> None:
    """Set dotted `key` in `nested`, in place."""
    section, _, name = key.rpartition(".")
    if not section:
        nested[name] = value
        return
    table = nested.setdefault(section, {})
    assert isinstance(table, dict)  # noqa: S101  # a key is never a section
    table[name] = value
