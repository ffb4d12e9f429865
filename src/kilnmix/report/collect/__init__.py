"""The report's inputs, read from the outputs of the stages."""
