"""One scanner over everything that is sent: names and places first, then the whole text."""
