"""Where calls are kept, counted once and capped."""
