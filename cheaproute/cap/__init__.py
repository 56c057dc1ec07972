"""Limits on spending: what they are, what is spent and reserved, and what a gate answers."""
