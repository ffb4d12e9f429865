"""Which synthetic images are accepted, and for which tasks their label counts."""
