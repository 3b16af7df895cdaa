"""Cameras, and the pictures that are sent: captured once, encoded once a rung, whoever many look on."""
