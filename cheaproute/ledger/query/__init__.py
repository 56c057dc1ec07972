"""Questions to the ledger, for reports and plans."""
