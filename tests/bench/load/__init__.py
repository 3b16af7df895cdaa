"""The parts of `tests/bench/presence.py`: a server in one process, a crowd of clients in others.

`scenes` says what is done, `child` and `orders` are the two ends of the line between
the bench and its processes, `office` and `crowd` are those processes, `report` makes
the figures.
"""
