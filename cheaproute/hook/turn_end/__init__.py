"""What is noted and shown as a turn ends: what was done in it, and a threshold that was passed."""
