"""What a call was and what it costs: transcript rows and prices."""
