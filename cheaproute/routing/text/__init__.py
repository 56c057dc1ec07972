"""The text classifier: words in, cues and weights, a score out."""
