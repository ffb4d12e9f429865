"""Speed and memory, always against a plain reference in the same run. See `python -m bench --help`."""
