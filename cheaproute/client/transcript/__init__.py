"""Claude Code's transcripts: where they lie and what their rows say."""
