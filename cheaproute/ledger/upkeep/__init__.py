"""Care of the ledger: the daily round, rebuilding, repair."""
