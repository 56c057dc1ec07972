"""What comes into the ledger: transcripts, tracked calls, what a session did."""
