"""Evidence in, proposals out; writes nothing itself."""
