"""Which view carries the sound and picture of an avatar, and what of it is on."""

from __future__ import annotations

from gathertui.protocol.media import CARRIED


class Carriers:
    """At most one view for each avatar. Views and avatars are by id, `media` is as in `presence.Avatar`."""

    def __init__(self) -> None:
        self._views: dict[int, int] = {}  # by avatar
        self._avatars: dict[int, int] = {}  # by view: the same, the other way round
        self._media: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._views)

    def view_of(self, avatar: int) -> int | None:
        """Return the view that carries the avatar's media."""
        return self._views.get(avatar)

    def media_of(self, avatar: int) -> int:
        """Return what of the avatar's media is on: 0 where no view carries it."""
        return self._media.get(avatar, 0)

    def carry(self, view: int, avatar: int) -> int | None:
        """The view carries the avatar's media from here on, all off; return another that did until now.

        It must carry no other avatar's.
        """
        before = self._views.get(avatar)
        if before is not None:
            del self._avatars[before]
        self._views[avatar] = view
        self._avatars[view] = avatar
        self._media[avatar] = CARRIED
        return before if before != view else None

    def set_media(self, avatar: int, media: int) -> bool:
        """Note what is on of media that a view carries; return whether that is another than before."""
        media |= CARRIED
        if self._media[avatar] == media:
            return False
        self._media[avatar] = media
        return True

    def release(self, view: int) -> int | None:
        """The view carries nothing any more; return the avatar whose media it did carry."""
        avatar = self._avatars.pop(view, None)
        if avatar is not None:
            del self._views[avatar], self._media[avatar]
        return avatar
