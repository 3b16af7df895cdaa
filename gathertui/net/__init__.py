"""How frames travel: addresses, the websocket round the protocol, and when to try again.

Knows the protocol's sizes and nothing of accounts, rooms or chat.
"""
