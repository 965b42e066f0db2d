"""What is worked out once of all institutions of a round, kept in the store, and mended where an upload touches it."""
