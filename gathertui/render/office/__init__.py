"""The office from above: its ground and light, the people on it, and which part of it shows."""
