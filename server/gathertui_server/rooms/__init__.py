"""Room hosts: each the sole owner and only writer of one room's state."""
