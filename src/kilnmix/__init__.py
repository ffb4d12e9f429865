"""kilnmix."""
