"""Tables, figures, a methods section and references for a paper."""
