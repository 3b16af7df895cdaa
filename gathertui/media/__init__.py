"""Sound and picture: devices, the mesh of peers, and what is sent and played."""
