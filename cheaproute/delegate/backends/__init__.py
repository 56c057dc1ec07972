"""Ways to reach a model: the SDK, or the client's own command line."""
