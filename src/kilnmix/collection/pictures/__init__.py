"""Picture files -> square pixels, and which of them are the same picture."""
