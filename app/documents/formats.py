"""The formats in which documents are offered, on the page as on the command line."""

FORMATS = ("pdf", "xlsx")
