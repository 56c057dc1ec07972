"""What is known of other machines: their spending, a share of the cap, a team's lease."""
