"""Checks of papers: by year, of the list, and beside what was filled in from public data."""
