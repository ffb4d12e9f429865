"""What a person calls beside the stages, one file a command. Thin: the work is in the rooms."""
