"""Accounts, sessions and invites: who somebody is and what they may do.

Knows its ports (`auth.ports`) and nothing of websockets, rooms or databases.
"""
