"""The commands. Modules here import little at the top: every command waits for those imports, and so does the shell."""
