"""One training from start to predictions, and many side by side."""
