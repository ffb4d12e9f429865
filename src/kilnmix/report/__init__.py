"""What is told of a study: the page, its tables and plots, and the exports for a paper."""
