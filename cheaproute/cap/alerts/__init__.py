"""The alerts at 50, 75, 90 and 95 % of a cap: which is new, and its text."""
