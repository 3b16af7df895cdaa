"""From cells to the bytes that draw them: whole frames, differences, and what a budget allows."""

from __future__ import annotations

from gathertui.render.encode.encoder import END_SYNCHRONIZED, encode, encode_lines, encoded_length, synchronized

__all__ = ["END_SYNCHRONIZED", "encode", "encode_lines", "encoded_length", "synchronized"]
