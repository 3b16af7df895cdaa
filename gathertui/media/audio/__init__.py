"""Voices: from the microphone to packets, and from packets to the loudspeaker."""
