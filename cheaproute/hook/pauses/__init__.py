"""What becomes of a session in a pause, and of a context that has grown long."""
