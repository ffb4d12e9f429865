"""The report of a study: its page, the exports for a paper, and several studies side by side."""
