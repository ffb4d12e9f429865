"""Objects -> training, validation and test parts."""
