"""Sound and picture of one view: what the person wants, what the office allows, and the machinery, brought together.

Everything is off at first. The heavy libraries are imported in a thread once the
room is entered. Whatever fails becomes a sentence, and the office goes on.
"""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from gathertui.client.events import (
    AvatarAppeared,
    AvatarChanged,
    AvatarDeparted,
    AvatarsMoved,
    ConnectionState,
    ConversationChanged,
    MediaProblem,
    OfficeEvent,
    OwnMediaChanged,
    RoomEntered,
    StateChanged,
)
from gathertui.client.media.calling import Caller
from gathertui.client.media.carrying import Carrier
from gathertui.client.media.cueing import Cueing
from gathertui.client.media.devices import DeviceMaker, named_devices
from gathertui.client.media.hooks import OfficeHooks
from gathertui.client.media.leaving import Leaving
from gathertui.client.media.loading import MISSING, find_devices, load_machinery
from gathertui.client.media.machinery import Machinery, MakeMachinery
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.otherside import OtherSide
from gathertui.client.media.ownside import OwnSide
from gathertui.client.media.port import DeviceKind, MediaWire
from gathertui.client.media.standstill import Reading, SleepWatch
from gathertui.client.media.state import MEDIA, OwnMedia, PeerMedia, Switch
from gathertui.errors import DeviceError, Refused
from gathertui.protocol.base import Message
from gathertui.protocol.media import CARRIED, MediaCarried, MediaTaken, Signalled
from gathertui.protocol.presence import Avatar

if TYPE_CHECKING:
    from gathertui.media.devices import DeviceList
    from gathertui.media.ports import Picture

TICK_SECONDS: Final = 0.25
"""How often the ladder is climbed and still pictures are looked for, while there is a conversation."""

SETTLE_SECONDS: Final = 1.5
"""How long after coming back the server may take to say with whom we are linked; until then calls are kept."""

END_SECONDS: Final = 8.0
"""How long `close` waits for calls and devices at most: whoever leaves must get out."""

STAY_SECONDS: Final = 60.0
"""Who was away from the server for longer comes back muted, as everybody comes in."""

TAKEN: Final = "Another of your windows carries your sound and picture now."
LOST_FOR_LONG: Final = "The microphone and the camera are off: the office was out of reach for a while."
AWAY: Final = "The microphone and the camera are off: you are away."
SLEPT: Final = "The microphone and the camera are off: the computer was asleep."
BROKEN: Final = "Sound and picture ended by a fault of their own; the debug log says more. The office goes on."


class LiveMedia:
    """A `MediaPart` with real sound and picture. `load` imports what that takes, in a thread.

    `environment` may name devices (`devices.VARIABLES`). `clock`, which may stand
    still while the computer sleeps, `wall`, which does not, and `sleep` are in seconds.
    """

    def __init__(
        self,
        wire: MediaWire,
        *,
        memory: MediaMemory,
        maker: DeviceMaker,
        environment: Mapping[str, str] = os.environ,
        load: Callable[[], MakeMachinery] = load_machinery,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.on_picture: Callable[[int | None], None] | None = None
        self.do_not_disturb = False
        self._wire = wire
        self._memory = memory
        self._load = load
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._sleep_watch = SleepWatch(self._read_clocks, sleep=sleep, slept=lambda: self.mute_all(SLEPT))
        self._machinery: Machinery | None = None
        self._carrier = Carrier(wire, changed=self._carried_changed, refused=self._claim_refused, sleep=sleep)
        self._mine = OwnSide(
            maker,
            memory,
            named_devices(environment),
            tell=wire.tell,
            shown=lambda: self._show(None),
            claim=self._carrier.ask,
            set_media=wire.set_media,
            clock=clock,
            sleep=sleep,
        )
        self._others = OtherSide(wire.model, tell=wire.tell, shown=self._show)
        self._caller = Caller(self._others)
        self._cueing = Cueing()
        self._entered = asyncio.Event()
        self._busy = asyncio.Event()
        self._lost_at: Reading | None = None
        self._settle_at: float | None = None
        """Until when links that are not there may be on their way; None where the model tells them all."""
        self._running: asyncio.Task[None] | None = None
        self._leaving = Leaving(END_SECONDS, sleep)

    # ------------------------------------------------------------ the port

    @property
    def own(self) -> OwnMedia:
        """How yours is."""
        return self._mine.own

    @property
    def own_picture(self) -> Picture | None:
        """Yourself as in a mirror."""
        return self._mine.picture

    @property
    def peers(self) -> Mapping[int, PeerMedia]:
        """How everybody's of your conversation is."""
        return self._others.board.peers

    @property
    def chosen(self) -> Mapping[str, str]:
        """The chosen devices' ids by kind."""
        return self._mine.chosen

    @property
    def cues_silenced(self) -> frozenset[str]:
        """The names of the sounds that are not played."""
        return self._memory.silenced

    def set_microphone(self, on: bool) -> None:
        """Be heard, or not."""
        self._mine.set_microphone(on)

    def set_camera(self, switch: Switch) -> None:
        """Be seen, see yourself only, or neither."""
        self._mine.set_camera(switch)

    def set_deafened(self, on: bool) -> None:
        """Hear nobody, or everybody again."""
        self._mine.set_deafened(on)

    def mute_all(self, why: str) -> None:
        """Turn microphone and camera off."""
        self._mine.mute_all(why)

    async def wait_quiet(self) -> None:
        """Wait until the devices are closed of what is off."""
        if self._machinery is not None:
            await self._machinery.quiet()

    def want(self, avatar: int, pictures: int) -> None:
        """Say how large their pictures are wanted."""
        self._others.want(avatar, pictures)

    def knocked(self) -> None:
        """Make the sound of a knock."""
        self._play("knock")

    async def devices(self) -> DeviceList:
        """Look for what there is now."""
        return await asyncio.to_thread(find_devices)

    def choose(self, kind: DeviceKind, device_id: str) -> None:
        """Use this device."""
        self._mine.choose(kind, device_id)

    def silence_cue(self, name: str, silenced: bool) -> None:
        """Play a sound no more, or again."""
        try:
            self._memory.silence(name, silenced)
        except DeviceError as error:
            self._wire.tell(MediaProblem(str(error)))
        if self._machinery is not None:
            self._machinery.silence(self._memory.silenced)
        self._wire.tell(OwnMediaChanged())

    # ------------------------------------------------------------ what happens in the office

    def take(self, event: OfficeEvent) -> None:
        """Something happened; the model has it already."""
        match event:
            case StateChanged(state):
                if state is not ConnectionState.ONLINE:
                    self._lose()
            case RoomEntered():
                self._enter()
            case OwnMediaChanged():
                self._sleep_watch.set_on(self.own.is_on)
            case ConversationChanged():
                self._settle_at = None
                self._sync()
            case AvatarChanged(avatar) | AvatarAppeared(avatar) | AvatarDeparted(avatar):
                self._look_at(avatar)
            case AvatarsMoved(ids):
                self._others.place(ids)
            case _:
                return
        cue = self._cueing.cue_of(event)
        if cue is not None and self.own.carried:
            self._play(cue)

    def receive(self, message: Message) -> None:
        """Take a message of the media family."""
        match message:
            case MediaCarried():
                if self._machinery is not None and MEDIA in self.own.problems:
                    self._mine.device_failed(MEDIA, "")  # a claim that was refused
                self._carrier.confirmed()
            case MediaTaken():
                self._carrier.taken()  # first: of what goes off now the server wants to hear no more
                self._mine.mute_all(TAKEN)
            case Signalled():
                self._others.signalled(message)

    def _look_at(self, avatar: Avatar) -> None:
        """Somebody is another."""
        if avatar.id in self._wire.model.conversation:
            self._sync()
        elif avatar.id == self._wire.model.you:
            if avatar.away:
                self._mine.mute_all(AWAY)
            if not avatar.media & CARRIED:
                self._carrier.released()

    def _enter(self) -> None:
        if self._lost_at is not None:
            if self._read_clocks().seconds_since(self._lost_at) > STAY_SECONDS:
                self._mine.mute_all(LOST_FOR_LONG)
            self._settle_at = self._clock() + SETTLE_SECONDS
            self._lost_at = None
        self._caller.be(self._wire.model.you)
        self._entered.set()
        self._busy.set()
        if self._machinery is not None:
            is_on = Switch.ON in (self.own.microphone, self.own.camera)
            if not self._carrier.renew(is_on=is_on, other=bool(self._wire.model.me.media & CARRIED)):
                self._carried_changed()

    def _lose(self) -> None:
        if self._lost_at is None and self._caller.you:
            self._lost_at = self._read_clocks()
        self._others.pause()
        self._mine.pause()
        self._carrier.lost()

    def _sync(self) -> None:
        # On a new connection the conversation is empty at first; calls wait for what it really is.
        if self._lost_at is None and self._settle_at is None:
            self._others.sync()
        self._busy.set()

    def _carried_changed(self) -> None:
        if self._lost_at is not None:
            return  # nobody knows, until we are back
        self._mine.set_carried(self._carrier.carried)
        self._others.set_carried(self._carrier.carried)
        if self._carrier.carried:
            self._sync()
        else:
            self._others.sync()  # whatever the links are, there is nothing to wait for

    def _claim_refused(self, error: Refused) -> None:
        self._mine.device_failed(MEDIA, str(error))

    # ------------------------------------------------------------ the work

    async def run(self) -> None:
        """Do the work, until cancelled or `close`."""
        self._running = asyncio.current_task()
        try:
            await self._entered.wait()
            make = await asyncio.to_thread(self._load)
        except (ImportError, OSError) as error:
            self._mine.device_failed(MEDIA, MISSING.format(error=error))
            return
        try:
            await self._work(make)
        except Exception:
            # Nothing that goes wrong with sound or picture may end the office.
            traceback.print_exc()
            self._mine.device_failed(MEDIA, BROKEN)

    async def _work(self, make: MakeMachinery) -> None:
        machinery = self._machinery = make(OfficeHooks(self._wire, self._mine, self._others, self._clock))
        try:
            machinery.silence(self._memory.silenced)
            self._mine.attach(machinery)
            self._others.attach(machinery)
            self._carrier.ask()  # the view that came in last carries
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hold_devices(), name="gathertui devices")
                group.create_task(self._carrier.run(), name="gathertui carrying")
                group.create_task(self._caller.run(machinery), name="gathertui calls")
                group.create_task(self._tick(), name="gathertui media tick")
                group.create_task(self._mine.speech.run(), name="gathertui speech")
                group.create_task(self._sleep_watch.run(), name="gathertui sleep watch")
        finally:
            self._let_go()
            await machinery.close()

    async def _hold_devices(self) -> None:
        """Let go of them as soon as the work ends for any reason: calls may take long to end, or never do."""
        try:
            await asyncio.Event().wait()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Close microphone, loudspeaker and camera, and open none again."""
        machinery, self._machinery = self._machinery, None
        self._mine.attach(None)
        self._others.attach(None)
        if machinery is not None:
            machinery.stop()

    async def _tick(self) -> None:
        """While there is a conversation: climb, and look for what has become too old."""
        while True:
            await self._busy.wait()
            now = self._clock()
            if self._settle_at is not None and now >= self._settle_at:
                self._settle_at = None
                self._sync()
            self._others.climb(now)
            self._others.board.drop_stills(now)
            if not self._wire.model.conversation and self._settle_at is None and not self._others.board.has_pictures:
                self._busy.clear()
            await self._sleep(TICK_SECONDS)

    async def close(self) -> None:
        """End all calls and let go of all devices."""
        if self._running is not None:
            self._let_go()
            await self._leaving.end(self._running)

    def _play(self, cue: str) -> None:
        """Let a cue sound, unless the person wants no sounds now, or it did a moment ago."""
        if self._machinery is None or (self.do_not_disturb and cue not in self._memory.undisturbing):
            return
        if self._cueing.is_due(cue, self._clock()):
            self._machinery.play(cue)

    def _read_clocks(self) -> Reading:
        return Reading(self._clock(), self._wall())

    def _show(self, avatar: int | None) -> None:
        if self.on_picture is not None:
            self.on_picture(avatar)
