"""The photographs: label table, vocabulary, intake, duplicates, folds."""
