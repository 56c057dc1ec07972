"""What a cap goes by where the books do not say."""
