"""What is looked at over the whole text at once, not piece by piece."""
