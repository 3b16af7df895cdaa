"""What we change in aiortc, and all that we touch of its insides.

Everything is changed in one object, never in a class or a module, so that nothing
leaks from one connection to another. The names are aiortc 1.16's: each has a test
that fails when they mean something else, and a change here raises at once where
they are gone.

What is changed, and why:

* Jitter buffers are ours (`jitter`): a picture is there with its last packet, not with the next
  picture's first; after a loss nothing stays late.
* Decoders are ours (`decoding`): no thread for sound, no queue of pictures that nobody looked at.
* Ways are gathered and watched by us (`ice`): more servers are tried, dead ones waited for less, and a way that
  leads nowhere any more is noticed in ten seconds instead of thirty.
* No estimate of the bandwidth from arrival times: it costs more than the rest of receiving a
  packet, and our encoders follow the loss that receivers report.
* Wishes for a key frame go to the shared encoder: aiortc asks its own, which has nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, cast

from aioice.turn import TurnTransport

from gathertui.media.decoding import PictureDecoder, SoundDecoder
from gathertui.media.ice import Gathered, Gatherer, IceConfig, Patience, watch_way
from gathertui.media.jitter import PictureBuffer, SoundBuffer
from gathertui.media.ports import Picture, Sound

if TYPE_CHECKING:
    from aioice import Connection
    from aiortc import RTCRtpReceiver, RTCRtpSender, RTCRtpTransceiver
    from aiortc.rtcrtpreceiver import StreamStatistics


def _replace(owner: object, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise AttributeError(f"aiortc has changed: {type(owner).__name__} has no {name}")
    setattr(owner, name, value)


def receive_sound(receiver: RTCRtpReceiver, deliver: Callable[[Sound], None]) -> None:
    """Have what this receiver hears delivered on the event loop's thread. Call it before the connection is made."""
    _replace(receiver, "_RTCRtpReceiver__jitter_buffer", SoundBuffer())
    _replace(receiver, "_RTCRtpReceiver__decoder_queue", SoundDecoder(deliver))


def receive_pictures(receiver: RTCRtpReceiver, deliver: Callable[[Picture], None]) -> None:
    """Have the newest of what this receiver sees delivered, as `receive_sound` does."""
    broken = cast(Event, getattr(receiver, "_RTCRtpReceiver__decoder_error"))  # noqa: B009
    decoder = PictureDecoder(deliver, asyncio.get_running_loop(), broken)
    _replace(receiver, "_RTCRtpReceiver__jitter_buffer", PictureBuffer())
    _replace(receiver, "_RTCRtpReceiver__decoder_queue", decoder)
    _replace(receiver, "_RTCRtpReceiver__remote_bitrate_estimator", None)


def set_receiving(receiver: RTCRtpReceiver, on: bool) -> None:
    """Have its packets taken, or dropped unseen."""
    _replace(receiver, "_enabled", on)


def route_keyframe_wishes(sender: RTCRtpSender, want_keyframe: Callable[[], None]) -> None:
    """Call this when the other end can't show what it gets."""
    _replace(sender, "_send_keyframe", want_keyframe)


def sources(sender: RTCRtpSender) -> tuple[int, int]:
    """Return the numbers that packets bear which are sent first, and those that are sent again."""
    return sender._ssrc, sender._rtx_ssrc


def streams_received(receiver: RTCRtpReceiver) -> dict[int, StreamStatistics]:
    """Return what was received so far, by the source's number."""
    return cast("dict[int, StreamStatistics]", getattr(receiver, "_RTCRtpReceiver__remote_streams"))  # noqa: B009


def ice_connection(receiver: RTCRtpReceiver) -> Connection:
    """Return the ICE connection below; all of a peer's senders and receivers share one."""
    return receiver.transport.transport.iceGatherer._connection


def shares_packets(transceiver: RTCRtpTransceiver) -> bool:
    """Say whether what was negotiated takes our feeds' packets: VP8, or Opus."""
    codecs = transceiver._codecs
    return bool(codecs) and codecs[0].mimeType.lower() in ("video/vp8", "audio/opus")


def find_ways(connection: Connection, config: IceConfig, patience: Patience) -> Gathered:
    """Have this connection gather and watch its way as we do; what is returned is filled in when it has gathered."""
    gatherer = Gatherer(connection, config, patience, connection.get_component_candidates)
    _replace(connection, "get_component_candidates", gatherer)
    _replace(connection, "query_consent", partial(watch_way, connection))
    return gatherer.gathered


def abandon_relays(connection: Connection) -> None:
    """Let go of TURN servers that don't answer when they are told that we leave; aioice waits a minute for them."""
    for protocol in connection._protocols:
        if isinstance(protocol.transport, TurnTransport):
            parting = getattr(protocol.transport, "_TurnTransport__close_task")  # noqa: B009
            if parting is not None:
                parting.cancel()
