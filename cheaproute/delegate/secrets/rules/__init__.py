"""What a secret looks like: one module for each way in which it shows (pure)."""
