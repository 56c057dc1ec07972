"""What is told beside the cap: thresholds passed, and what looks like a runaway."""
