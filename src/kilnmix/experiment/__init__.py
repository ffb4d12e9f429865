"""The comparison: arms, mixing, statistics, search."""
