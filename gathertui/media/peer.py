"""One WebRTC connection to one peer, from its first description to its end."""

from __future__ import annotations

import asyncio
import datetime
import traceback
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiortc import RTCIceTransport, RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver, RTCSessionDescription
from aiortc.sdp import SessionDescription, candidate_from_sdp
from aiortc.stats import RTCRemoteInboundRtpStreamStats

from gathertui.media import patches
from gathertui.media.candidates import Candidates
from gathertui.media.feeds import Kind, PacketFeed
from gathertui.media.ice import IceConfig, Patience
from gathertui.media.ports import SAMPLE_RATE, Picture, Sound
from gathertui.media.quality import Measure
from gathertui.media.tracks import PacketTrack
from gathertui.protocol.media import Candidate

CLOSING: Final = 3.0
"""Seconds that closing may take; a TURN server that is gone is not waited for longer."""

FORCING: Final = 0.3
"""Seconds that each part has to stop that was left after that."""

_CODECS: Final = {"audio": ("audio/opus",), "video": ("video/VP8", "video/rtx", "video/H264")}


class Unfit(Exception):
    """The other end's description can't be used."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Where what a peer sends goes, on the event loop's thread."""

    sound: Callable[[Sound], None]
    picture: Callable[[Picture], None]
    state: Callable[[str], None]  # "connected", "failed" or "closed"


class Peer:
    """A connection with one audio and one video section, both ways; they may stay silent.

    Nothing leaves until `follow` says what.
    """

    def __init__(self, config: IceConfig, ears: Ears, *, patience: Patience) -> None:
        """`patience`: how long to wait for servers when looking for ways."""
        self._pc = RTCPeerConnection(config.configuration())
        self._tracks: dict[Kind, PacketTrack] = {"audio": PacketTrack("audio"), "video": PacketTrack("video")}
        self._transceivers = {kind: self._add(kind, track) for kind, track in self._tracks.items()}
        self._candidates = Candidates(loopback=config.loopback)
        self._hearing = patches.receive_sound(self._transceivers["audio"].receiver, ears.sound)
        self._seeing = patches.receive_pictures(self._transceivers["video"].receiver, ears.picture)
        for kind, transceiver in self._transceivers.items():
            patches.bound_resending(transceiver.sender)
            self._tracks[kind].on_cut = partial(patches.forget_sent, transceiver.sender)
        patches.route_keyframe_wishes(self._transceivers["video"].sender, self._tracks["video"].want_keyframe)
        self._encryptions = {each.receiver.transport for each in self._transceivers.values()}
        self._ice = patches.ice_connection(self._transceivers["audio"].receiver)
        self.gathered = patches.find_ways(self._ice, config, patience)
        self._reported: dict[Kind, datetime.datetime] = {}
        self._received: dict[int, tuple[int, int]] = {}
        self._ears = ears
        self._is_closing = False
        self._connecting = patches.own_connecting(self._pc, self._connecting_failed)
        self.is_closed = False
        """Whether nothing of it is left."""
        self._pc.on("connectionstatechange", lambda: ears.state(self._pc.connectionState))

    def _add(self, kind: Kind, track: PacketTrack) -> RTCRtpTransceiver:
        transceiver = self._pc.addTransceiver(track)
        known = RTCRtpSender.getCapabilities(kind).codecs
        preferred = [codec for mime_type in _CODECS[kind] for codec in known if codec.mimeType == mime_type]
        transceiver.setCodecPreferences(preferred)
        return transceiver

    @property
    def transport(self) -> RTCIceTransport:
        """What all that goes to the peer goes through."""
        return self._transceivers["audio"].receiver.transport.transport

    def sources(self) -> dict[int, Kind]:
        """Return the numbers (SSRC) that what is sent bears, with its kind."""
        return {source: kind for kind, each in self._transceivers.items() for source in patches.sources(each.sender)}

    async def gather(self) -> None:
        """Look for ways, before there is any description."""
        await self.transport.iceGatherer.gather()

    async def offer(self) -> bytes:
        """Look for ways and return an offer."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._pc.localDescription.sdp.encode()

    async def answer(self, offer: bytes) -> bytes:
        """Take an offer, look for ways and return the answer. Raises `Unfit`."""
        # Before, and not after: once an offer without any way is taken aioice looks for none of ours either.
        await self.gather()
        await self._take(offer, "offer")
        try:
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except Exception as error:  # an offer that it took can still upset it
            raise Unfit(str(error)) from error
        return self._pc.localDescription.sdp.encode()

    async def take_answer(self, answer: bytes) -> None:
        """Take the answer to our offer, and connect. Raises `Unfit`."""
        await self._take(answer, "answer")

    async def _take(self, sdp: bytes, kind: str) -> None:
        try:
            text = self._candidates.sieve(sdp.decode())
            media = SessionDescription.parse(text).media
            sections = [each.kind for each in media]
            if not sections or len(sections) != len(set(sections)) or not set(sections) <= set(self._tracks):
                raise Unfit(f"sections {sections}")
            if len({each.rtp.muxId for each in media}) != len(media):
                raise Unfit("sections of one name")
            if not all(each.dtls is not None and each.dtls.fingerprints for each in media):
                raise Unfit("no fingerprint")  # it would fail only once there is a way
            await self._pc.setRemoteDescription(RTCSessionDescription(text, kind))
        except Exception as error:  # what strangers send can upset aiortc in any way
            raise Unfit(str(error)) from error

    async def take_candidate(self, candidate: Candidate) -> None:
        """Take one more way to the peer; one that makes no sense is left out."""
        try:
            text = candidate.candidate.decode().removeprefix("candidate:")
            if not self._candidates.takes(text):
                return
            ice = candidate_from_sdp(text)
            ice.sdpMid, ice.sdpMLineIndex = candidate.mid.decode() or None, candidate.line
            await self._pc.addIceCandidate(ice)
        except Exception:  # as above
            return

    @property
    def takes_pictures(self) -> bool:
        """Whether the peer takes the pictures that our encoders make."""
        return patches.shares_packets(self._transceivers["video"])

    def follow(self, kind: Kind, feed: PacketFeed | None) -> None:
        """Send this feed's packets from here on, or nothing."""
        self._tracks[kind].follow(feed)

    def set_receiving(self, on: bool) -> None:
        """Take what the peer sends, or drop it unseen and unheard."""
        for transceiver in self._transceivers.values():
            patches.set_receiving(transceiver.receiver, on)

    async def measure(self) -> tuple[Measure | None, Measure | None]:
        """Return how what we sent arrived, and how what they sent did, since the last call; None if nothing went."""
        sent = [await self._measure_sent(kind) for kind in self._transceivers]
        received = [self._measure_received(kind) for kind in self._transceivers]
        return _worst(sent), _worst(received)

    async def _measure_sent(self, kind: Kind) -> Measure | None:
        for report in (await self._transceivers[kind].sender.getStats()).values():
            if isinstance(report, RTCRemoteInboundRtpStreamStats) and report.timestamp != self._reported.get(kind):
                self._reported[kind] = report.timestamp
                return Measure(report.fractionLost / 256, report.roundTripTime or 0.0, _jitter(kind, report.jitter))
        return None

    def _measure_received(self, kind: Kind) -> Measure | None:
        expected = arrived = jitter = 0
        for source, stream in patches.streams_received(self._transceivers[kind].receiver).items():
            before = self._received.get(source, (0, 0))
            self._received[source] = stream.packets_expected, stream.packets_received
            expected += stream.packets_expected - before[0]
            arrived += stream.packets_received - before[1]
            jitter = max(jitter, stream.jitter)
        if expected <= 0:
            return None
        return Measure(loss=max(0.0, 1 - arrived / expected), jitter=_jitter(kind, jitter))

    async def close(self) -> None:
        """End it; the other end learns of it at once, if there is a way. It takes a moment, and never raises.

        Once this has begun nothing goes to the ears any more, whatever it then waits for.
        """
        self._is_closing = True
        self.set_receiving(False)
        self._hearing.put(None)
        self._seeing.put(None)
        for track in self._tracks.values():
            track.stop()
        closing = asyncio.create_task(_settled(self._pc.close()))
        if not (await asyncio.wait({closing}, timeout=CLOSING))[0]:
            patches.abandon_relays(self._ice)
            await asyncio.wait({closing}, timeout=FORCING)
        await _end({closing})  # whatever it still waits for, nobody else may have to
        if not closing.done() or closing.cancelled() or not closing.result():
            await self._stop_parts()
        await _end(set(self._connecting))
        await _bounded(self._seeing.wait_ended())
        self.is_closed = True

    async def _stop_parts(self) -> None:
        """Stop all that is left, whatever one of them waits for: aiortc stops one after the other."""
        transceivers = self._transceivers.values()
        await _bounded(*(end.stop() for each in transceivers for end in (each.receiver, each.sender)))
        await _bounded(*(each.stop() for each in self._encryptions))
        await _bounded(*(each.transport.stop() for each in self._encryptions))
        patches.abandon_closing(self._pc)

    def _connecting_failed(self, error: Exception) -> None:
        if not self._is_closing:  # then it fails in whatever way, for things go from under it
            traceback.print_exception(error)
            self._ears.state("failed")


async def _settled(work: Coroutine[Any, Any, None]) -> bool:
    """Do this, and say whether it went well."""
    try:
        await work
    except Exception:  # it is all of aiortc's and aioice's insides, and there is nothing more to be done about it
        traceback.print_exc()
        return False
    return True


async def _bounded(*works: Coroutine[Any, Any, None]) -> None:
    """Have all these done at once, for a moment."""
    tasks = {asyncio.create_task(_settled(work)) for work in works}
    _, left = await asyncio.wait(tasks, timeout=FORCING)
    await _end(left)


async def _end(tasks: Collection[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=FORCING)


def _jitter(kind: Kind, units: int) -> float:
    # Pictures come in bursts: theirs says nothing about the network.
    return units / SAMPLE_RATE if kind == "audio" else 0.0


def _worst(measures: list[Measure | None]) -> Measure | None:
    known = [measure for measure in measures if measure is not None]
    if not known:
        return None
    return Measure(
        max(measure.loss for measure in known),
        max(measure.round_trip for measure in known),
        max(measure.jitter for measure in known),
    )
