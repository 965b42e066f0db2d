"""Counting at the size of the whole literature: a generated data set, and the engines set against reading it."""
