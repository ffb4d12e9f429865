"""What the pages of all rooms share: words, numbers, templates."""
