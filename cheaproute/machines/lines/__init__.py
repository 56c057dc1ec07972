"""A line of a machine's file: a call, or what sums lack; open, or sealed."""
