"""Rows as their client spells them, and many of them at once. Loaded for histories alone."""
