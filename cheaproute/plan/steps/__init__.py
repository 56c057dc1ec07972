"""What could be changed, each with its dollars."""
