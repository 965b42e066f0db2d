"""Papers of bibliographic databases taken in: fetched, read, counted, and filled into the form."""
