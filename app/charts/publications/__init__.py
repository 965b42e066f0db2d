"""Charts of an institution's papers as imported: partners, network, fields, and what very many authors do."""
