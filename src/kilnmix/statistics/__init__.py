"""From outcomes to verdicts: scores, variance, intervals, power. Arrays in, values out; numpy and scipy alone."""
