"""What the user's own history says would save most."""
