"""The data card: its figures and its page."""
