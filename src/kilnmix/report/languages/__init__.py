"""The report's words, numbers and names in its languages."""
