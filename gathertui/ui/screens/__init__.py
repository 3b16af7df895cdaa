"""What fills the terminal: signing in, the office, and what lies over it."""
