"""The websocket front that clients talk to."""
