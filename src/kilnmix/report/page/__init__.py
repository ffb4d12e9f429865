"""The report's page: its first screen and its sections."""
