"""Pieces of the pages over all institutions."""
