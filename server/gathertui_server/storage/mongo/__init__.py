"""The services' ports over MongoDB's driver.

Works on a standalone server: no transactions, no change streams. Every write is
acknowledged by the majority's journal.
"""
