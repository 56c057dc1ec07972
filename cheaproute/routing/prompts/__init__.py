"""What a prompt to the main loop says, and how it meets the answer before: features and weights."""
