"""A team's budget in PostgreSQL: rows that only count, and leases that hooks judge by."""
