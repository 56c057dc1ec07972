"""A recorded session through the real hooks, without key, client or network."""
