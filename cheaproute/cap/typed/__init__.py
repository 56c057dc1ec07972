"""What the words of `cheaproute cap` mean: periods, amounts, and what the caps are by them."""
