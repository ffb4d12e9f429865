"""Pages for a person who looks through pools and labels."""
