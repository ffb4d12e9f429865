"""A page on this machine: photographs in, answers and what they rest on out, corrections into a table."""
