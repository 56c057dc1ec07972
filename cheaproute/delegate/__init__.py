"""The Haiku calls; the only importer of the anthropic SDK."""
