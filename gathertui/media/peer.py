"""One WebRTC connection to one peer, from its first description to its end."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiortc import RTCIceTransport, RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver, RTCSessionDescription
from aiortc.sdp import SessionDescription, candidate_from_sdp
from aiortc.stats import RTCRemoteInboundRtpStreamStats

from gathertui.media import patches
from gathertui.media.feeds import Kind, PacketFeed
from gathertui.media.ice import IceConfig, Patience
from gathertui.media.ports import SAMPLE_RATE, Picture, Sound
from gathertui.media.quality import Measure
from gathertui.media.tracks import PacketTrack
from gathertui.protocol.media import Candidate

CLOSING: Final = 3.0
"""Seconds that closing may take; a TURN server that is gone is not waited for longer."""

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
        patches.receive_sound(self._transceivers["audio"].receiver, ears.sound)
        patches.receive_pictures(self._transceivers["video"].receiver, ears.picture)
        patches.route_keyframe_wishes(self._transceivers["video"].sender, self._tracks["video"].want_keyframe)
        self._ice = patches.ice_connection(self._transceivers["audio"].receiver)
        self.gathered = patches.find_ways(self._ice, config, patience)
        self._reported: dict[Kind, datetime.datetime] = {}
        self._received: dict[int, tuple[int, int]] = {}
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

    async def offer(self) -> bytes:
        """Look for ways and return an offer."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._pc.localDescription.sdp.encode()

    async def answer(self, offer: bytes) -> bytes:
        """Take an offer, look for ways and return the answer. Raises `Unfit`."""
        # Before, and not after: once an offer without any way is taken aioice looks for none of ours either.
        await self.transport.iceGatherer.gather()
        await self._take(offer, "offer")
        await self._pc.setLocalDescription(await self._pc.createAnswer())
        return self._pc.localDescription.sdp.encode()

    async def take_answer(self, answer: bytes) -> None:
        """Take the answer to our offer, and connect. Raises `Unfit`."""
        await self._take(answer, "answer")

    async def _take(self, sdp: bytes, kind: str) -> None:
        try:
            text = sdp.decode()
            sections = [media.kind for media in SessionDescription.parse(text).media]
            if not sections or len(sections) != len(set(sections)) or not set(sections) <= set(self._tracks):
                raise Unfit(f"sections {sections}")
            await self._pc.setRemoteDescription(RTCSessionDescription(text, kind))
        except Exception as error:  # what strangers send can upset aiortc in any way
            raise Unfit(str(error)) from error

    async def take_candidate(self, candidate: Candidate) -> None:
        """Take one more way to the peer; one that makes no sense is left out."""
        try:
            ice = candidate_from_sdp(candidate.candidate.decode().removeprefix("candidate:"))
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
        """End it; the other end learns of it at once, if there is a way."""
        for track in self._tracks.values():
            track.stop()
        closing = asyncio.ensure_future(self._pc.close())
        if not (await asyncio.wait({closing}, timeout=CLOSING))[0]:
            patches.abandon_relays(self._ice)
            await asyncio.wait({closing}, timeout=CLOSING)
            closing.cancel()  # whatever it still waits for, nobody else may have to
            await asyncio.wait({closing}, timeout=CLOSING)
        else:
            closing.result()
        self.is_closed = True


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
