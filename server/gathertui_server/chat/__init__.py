"""Stored chat: channels whose messages are numbered 1, 2, 3 … without doubles.

Knows its port (`chat.ports`) and nothing of websockets, rooms or databases.
"""
