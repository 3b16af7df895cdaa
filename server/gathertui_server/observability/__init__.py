"""What the server tells about itself: logs, metrics, health."""
