"""Label tables as people keep them: files read, columns recognised, rows brought together with pictures."""
