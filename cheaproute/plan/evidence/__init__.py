"""What happened, as the plan reads it from the ledger."""
