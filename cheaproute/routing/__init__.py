"""What a task needs and why: pure, no clock, no files written, no network."""
