"""How many institutions a quartile or a sum over institutions needs at least, so that it tells of no single one."""

LEAST_PEERS = 5
