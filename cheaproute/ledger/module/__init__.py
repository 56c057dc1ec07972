"""What a module in a client tells of itself: its seats, its loops, how full a plan is."""
