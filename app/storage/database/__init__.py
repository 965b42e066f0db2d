"""The database of a store: its tables, its connection, its identity, and how older tables are brought up to date."""
