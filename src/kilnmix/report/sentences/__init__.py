"""Verdicts as sentences, by rule, from the verdicts alone."""
