"""Limits on spending: what they are, what is spent and reserved of them."""
