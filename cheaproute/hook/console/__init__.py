"""The prompt as a console: commands typed as prompts, and what only looks like one."""
