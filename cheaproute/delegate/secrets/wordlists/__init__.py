"""Lists of words and letters that rules go by."""
