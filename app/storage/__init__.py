"""The store: what was handed in, found and computed, and the files themselves, version by version."""
