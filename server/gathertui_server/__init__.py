"""The gathertui server: keeps the office, its people and what they wrote."""
