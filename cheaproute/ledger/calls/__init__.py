"""Single calls in the ledger: recording, pricing, totals of them."""
