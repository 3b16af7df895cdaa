"""gathertui: a virtual office that lives in the terminal. The client, and all that both sides share."""

__version__ = "0.1.0"
