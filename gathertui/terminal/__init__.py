"""What this terminal can do, and keeping everybody but the screen's owner from writing to it."""
