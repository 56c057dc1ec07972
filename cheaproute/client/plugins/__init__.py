"""What the client's settings and its own list say of plugins."""
