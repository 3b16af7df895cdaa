"""Views without sound and picture, and the double that scripts them."""

import numpy as np

from gathertui.client.events import MediaMuted, MediaProblem, OfficeEvent, OwnMediaChanged, PeerMediaChanged
from gathertui.client.media.nomedia import NOT_IN_THIS_VIEW
from gathertui.client.media.port import MakeMedia
from gathertui.client.media.state import MEDIA, PeerMedia, Phase, Switch
from gathertui.client.office import OfficeClient
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.media import ScriptedMedia


def make_client(media: MakeMedia | None = None) -> OfficeClient:
    return OfficeClient("ws://localhost", kind=ConnectionKind.VIEW, device="d", media=media)


async def told_by(client: OfficeClient) -> list[OfficeEvent]:
    await client.close()
    return [event async for event in client.events()]


async def test_a_client_has_no_media_unless_it_is_given_some() -> None:
    client = make_client()
    assert client.media.own.problems == {MEDIA: NOT_IN_THIS_VIEW}
    client.media.set_microphone(True)
    client.media.set_camera(Switch.PREVIEW)
    client.media.set_microphone(False)
    client.media.mute_all("Gone.")
    assert (client.media.own.microphone, client.media.own.camera) == (Switch.OFF, Switch.OFF)
    assert (await client.media.devices()).problems == (NOT_IN_THIS_VIEW,)
    assert [event.text for event in await told_by(client) if isinstance(event, MediaProblem)] == [NOT_IN_THIS_VIEW] * 2


async def test_scripted_media_does_what_the_script_says() -> None:
    scripted = ScriptedMedia()
    client = make_client(scripted.join)
    shown: list[int | None] = []
    client.media.on_picture = shown.append
    scripted.set_peer(7, PeerMedia(Phase.CONNECTED, microphone=True))
    scripted.show(7, np.zeros((2, 2, 3), np.uint8))
    client.media.set_microphone(True)
    client.media.want(7, 2)
    client.media.mute_all("Nobody is there.")
    scripted.fail("camera", "It is in use.")
    assert shown == [7]
    assert client.media.peers[7].picture is not None and client.media.peers[7].microphone
    assert scripted.asked == [("set_microphone", True), ("want", 7, 2), ("mute_all", "Nobody is there.")]
    assert client.media.own.problems == {"camera": "It is in use."}
    events = await told_by(client)
    assert scripted.closed
    for event in (
        PeerMediaChanged(7),
        OwnMediaChanged(),
        MediaMuted("Nobody is there."),
        MediaProblem("It is in use."),
    ):
        assert event in events
