"""What people write to each other, and calls that name nothing: by how the parts stand (pure)."""
