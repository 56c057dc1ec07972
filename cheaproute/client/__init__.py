"""Everything that Claude Code keeps on this machine or hands over, and its rules."""
