"""Scores and calibration of a network's answers."""
