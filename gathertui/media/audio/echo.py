"""Takes the loudspeaker's echo and the room's noise out of what a microphone hears (WebRTC's own algorithms)."""

from __future__ import annotations

from pywebrtc_audio import AudioProcessor

from gathertui.media.ports import SAMPLE_RATE, Block

_SUPPRESSION = 1  # 12 dB: more makes voices sound like through a pipe


class EchoCanceller:
    """For one microphone and one loudspeaker; used by one thread. It has to see every block of both."""

    def __init__(self) -> None:
        # Its gain control is off: a gain that changes before or within the canceller costs it 15 dB.
        self._processor = AudioProcessor(
            SAMPLE_RATE, 1, echo_cancellation=True, noise_suppression=True, high_pass_filter=True, ns_level=_SUPPRESSION
        )

    def clean(self, near: Block, far: Block) -> Block:
        """Return the microphone's block `near` without what is heard in it of `far`, the loudspeaker's."""
        cleaned: Block = self._processor.process(near, far)
        return cleaned

    @property
    def speech_probability(self) -> float:
        """How likely the last block was speech, 0 to 1. It follows within some blocks."""
        return float(self._processor.speech_probability)
