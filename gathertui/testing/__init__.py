"""Doubles of the outside world, for our own tests and for those of bots: a clock, a transport, a small office."""
