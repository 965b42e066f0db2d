"""Charts of the page of the five pillars."""
