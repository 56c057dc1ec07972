"""Several machines of one user, by files in a folder; a team, by leases in PostgreSQL."""
