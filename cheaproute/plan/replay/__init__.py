"""What calls would have cost another way."""
