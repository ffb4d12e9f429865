"""Drawing: requests -> pictures."""
