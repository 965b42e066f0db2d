"""Handing in a form: the kept versions, and the question before one is replaced."""
