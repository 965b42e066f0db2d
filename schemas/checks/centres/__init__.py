"""Centres of an institution: what its form says about them, and the form of each centre beside it."""
