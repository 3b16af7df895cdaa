"""What helps two clients find a way to each other: STUN answers, and TURN servers with their credentials."""
