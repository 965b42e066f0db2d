"""Records of bibliographic databases as publication records: OpenAlex, Scopus, Web of Science, the form's own list."""
