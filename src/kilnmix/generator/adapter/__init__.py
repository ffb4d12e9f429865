"""The adapter: made, written in diffusers' format, read back, exported."""
