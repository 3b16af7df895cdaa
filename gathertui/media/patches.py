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
* What connects is watched: aiortc's own task for it fails unseen, also when all there is to it is that we closed.
* Wishes for a key frame go to the shared encoder: aiortc asks its own, which has nothing to do.
* What a peer can make us do is bounded (`intake`): aiortc takes every source, walks along every gap between two
  numbers, and sends again whatever it is asked for, as often as it is, also to whom nothing may go any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import Awaitable, Callable
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Final, cast

from aioice.turn import TurnTransport

from gathertui.media.decoding import PictureDecoder, SoundDecoder
from gathertui.media.feeds import Kind
from gathertui.media.ice import Gathered, Gatherer, IceConfig, Patience, watch_way
from gathertui.media.intake import MAX_ASKED_AGAIN, MAX_KEYFRAMES_ASKED, MAX_PACKETS, Intake, Missed
from gathertui.media.jitter import PictureBuffer, SoundBuffer
from gathertui.media.ports import Picture, Sound
from gathertui.media.ratelimit import RateLimit

if TYPE_CHECKING:
    from aioice import Connection
    from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCRtpTransceiver
    from aiortc.rtcrtpreceiver import StreamStatistics
    from aiortc.rtp import RtpPacket

MAX_RESENT: Final = 100
"""Packets of a kind that are sent again to a peer in a second: of ours, all."""


def _replace(owner: object, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise AttributeError(f"aiortc has changed: {type(owner).__name__} has no {name}")
    setattr(owner, name, value)


def receive_sound(receiver: RTCRtpReceiver, deliver: Callable[[Sound], None]) -> SoundDecoder:
    """Have what this receiver hears delivered on the event loop's thread. Call it before the connection is made.

    What is returned ends that at once with `put(None)`.
    """
    decoder = SoundDecoder(deliver)
    _replace(receiver, "_RTCRtpReceiver__jitter_buffer", SoundBuffer())
    _replace(receiver, "_RTCRtpReceiver__decoder_queue", decoder)
    _bound_intake(receiver, "audio")
    return decoder


def receive_pictures(receiver: RTCRtpReceiver, deliver: Callable[[Picture], None]) -> PictureDecoder:
    """Have the newest of what this receiver sees delivered, as `receive_sound` does."""
    broken = cast(Event, getattr(receiver, "_RTCRtpReceiver__decoder_error"))  # noqa: B009
    decoder = PictureDecoder(deliver, asyncio.get_running_loop(), broken)
    _replace(receiver, "_RTCRtpReceiver__jitter_buffer", PictureBuffer())
    _replace(receiver, "_RTCRtpReceiver__decoder_queue", decoder)
    _replace(receiver, "_RTCRtpReceiver__remote_bitrate_estimator", None)
    _replace(receiver, "_RTCRtpReceiver__nack_generator", Missed())
    _bound_intake(receiver, "video")
    return decoder


def _bound_intake(receiver: RTCRtpReceiver, kind: Kind) -> None:
    """Take so much of what comes and no more, and survive what can't be reported of it."""
    intake = Intake(MAX_PACKETS[kind])
    asking, wishing = RateLimit(MAX_ASKED_AGAIN), RateLimit(MAX_KEYFRAMES_ASKED)
    handle, report = receiver._handle_rtp_packet, receiver._run_rtcp
    ask, wish = receiver._send_rtcp_nack, receiver._send_rtcp_pli
    reported = cast(asyncio.Event, getattr(receiver, "_RTCRtpReceiver__rtcp_exited"))  # noqa: B009

    async def take(packet: RtpPacket, arrival_time_ms: int) -> None:
        if receiver._enabled and intake.takes(packet.ssrc, time.monotonic()):
            await handle(packet, arrival_time_ms=arrival_time_ms)
        elif not intake.knows(packet.ssrc):
            receiver.transport._rtp_router.ssrc_table.pop(packet.ssrc, None)  # it would only grow

    async def ask_again(source: int, missing: list[int]) -> None:
        if asking.allows(time.monotonic()):
            await ask(source, missing)

    async def wish_for_keyframe(source: int) -> None:
        if wishing.allows(time.monotonic()):
            await wish(source)

    async def report_all() -> None:
        try:
            with contextlib.suppress(struct.error):  # time stamps that jump enough don't fit into a report
                await report()
        finally:
            reported.set()  # what stops the receiver waits for it, for ever

    _replace(receiver, "_handle_rtp_packet", take)
    _replace(receiver, "_send_rtcp_nack", ask_again)
    _replace(receiver, "_send_rtcp_pli", wish_for_keyframe)
    _replace(receiver, "_run_rtcp", report_all)


def set_receiving(receiver: RTCRtpReceiver, on: bool) -> None:
    """Have its packets taken, or dropped unseen."""
    _replace(receiver, "_enabled", on)


def route_keyframe_wishes(sender: RTCRtpSender, want_keyframe: Callable[[], None]) -> None:
    """Call this when the other end can't show what it gets."""
    _replace(sender, "_send_keyframe", want_keyframe)


def bound_resending(sender: RTCRtpSender) -> None:
    """Send only so much again of what the peer says that it lacks."""
    limit = RateLimit(MAX_RESENT)
    resend = sender._retransmit

    async def resend_some(number: int) -> None:
        if limit.allows(time.monotonic()):
            await resend(number)

    _replace(sender, "_retransmit", resend_some)


def forget_sent(sender: RTCRtpSender) -> None:
    """Send nothing again of what was sent so far."""
    cast("dict[int, RtpPacket]", getattr(sender, "_RTCRtpSender__rtp_history")).clear()  # noqa: B009


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


def own_connecting(connection: RTCPeerConnection, failed: Callable[[Exception], None]) -> set[asyncio.Task[None]]:
    """Be told when what connects after a description fails; aiortc starts tasks for it that nobody waits for.

    Return the set of those that run. What they raise while the connection is being closed is told too.
    """
    running: set[asyncio.Task[None]] = set()
    connect = cast("Callable[[], Awaitable[None]]", getattr(connection, "_RTCPeerConnection__connect"))  # noqa: B009

    async def watched() -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        running.add(task)
        try:
            await connect()
        except Exception as error:  # it is all of aiortc's and aioice's insides
            failed(error)
        finally:
            running.discard(task)

    _replace(connection, "_RTCPeerConnection__connect", watched)
    return running


def abandon_closing(connection: RTCPeerConnection) -> None:
    """Take it for closed, whose `close` was given up: aiortc begins one by itself when the transports go."""
    closed = cast("asyncio.Future[bool] | None", getattr(connection, "_RTCPeerConnection__isClosed"))  # noqa: B009
    if closed is not None and not closed.done():
        closed.set_result(True)
    closing = cast("asyncio.Task[None] | None", getattr(connection, "_RTCPeerConnection__closeTask"))  # noqa: B009
    if closing is not None:
        closing.cancel()


def abandon_relays(connection: Connection) -> None:
    """Let go of TURN servers that don't answer when they are told that we leave; aioice waits a minute for them."""
    for protocol in connection._protocols:
        if isinstance(protocol.transport, TurnTransport):
            parting = getattr(protocol.transport, "_TurnTransport__close_task")  # noqa: B009
            if parting is not None:
                parting.cancel()
