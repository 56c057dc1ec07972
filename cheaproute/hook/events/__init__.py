"""One module for each of the client's classic events."""
