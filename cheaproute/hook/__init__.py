"""Claude Code hooks: event in, policy, answer out; only this room knows the client's fields."""
