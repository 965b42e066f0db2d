"""The formats in which documents are offered, on the page as on the command line."""

DOCUMENTS = ("pdf", "xlsx")
BUNDLE = "bundle"
FORMATS = (*DOCUMENTS, BUNDLE)
