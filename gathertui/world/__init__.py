"""The office as a pure model: maps, walking, hearing and who is where.

Nothing here reads a clock, a file or a socket: bytes and `now` (seconds, a
float that never runs backwards) come in, values and events go out.
"""
