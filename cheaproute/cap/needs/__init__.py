"""What a session needs to go on past a cap: its next call's price, and amounts that allow it."""
