"""The page with charts: one file, no script."""
