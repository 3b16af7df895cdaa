"""Who is in the office."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from textual import events
from textual.strip import Strip

from gathertui.client.model import OfficeModel
from gathertui.protocol.base import Account
from gathertui.protocol.presence import Avatar
from gathertui.render.cells import clip_text, text_width
from gathertui.render.colour import mix
from gathertui.render.office.figures import MUTED, SPEAKING, STATUS_MARKS, Mark, Status
from gathertui.render.office.mappaint import AWAY_STRENGTH
from gathertui.ui.look import Look, make_style
from gathertui.ui.strips import Span, spread
from gathertui.ui.surroundings import Surroundings, area_title
from gathertui.ui.tilesigns import Voice, voice_of
from gathertui.ui.widgets.drawn import ScrolledLines


class PersonLine(NamedTuple):
    """One person as the list shows them. `area` is the title of where they are."""

    account: Account
    glyphs: str
    is_away: bool
    area: str
    is_you: bool
    is_talking: bool
    """Whether they are in your conversation."""
    mark: Mark | None
    """What there is to say about their voice."""


def people_lines(model: OfficeModel, around: Surroundings, speaking: Set[int]) -> list[PersonLine]:
    """Return everybody in the room as the list shows them: you, your conversation, who else is near, the others."""
    talking = model.conversation
    people = [
        PersonLine(
            avatar.account,
            avatar.glyphs,
            avatar.away,
            area_title(around.tilemap, avatar.x, avatar.y),
            avatar.id == model.you,
            avatar.id in talking,
            _mark_of(avatar, speaks=avatar.id in speaking, talks=avatar.id in talking, is_you=avatar.id == model.you),
        )
        for avatar in model.avatars.values()
    ]
    near = {avatar.account.id for avatar in around.near}

    def order(person: PersonLine) -> tuple[bool, bool, bool, str]:
        account = person.account
        return not person.is_you, not person.is_talking, account.id not in near, account.name.casefold()

    return sorted(people, key=order)


def _mark_of(avatar: Avatar, *, speaks: bool, talks: bool, is_you: bool) -> Mark | None:
    match voice_of(avatar, speaking=speaks):
        case Voice.SPEAKING:
            return SPEAKING
        case Voice.TEXT if not is_you:
            return STATUS_MARKS[Status.TEXT]
        case Voice.MUTED if talks:
            return MUTED
    return None


class PeopleList(ScrolledLines):
    """Everybody, below a line that counts them."""

    DEFAULT_CSS = """
    PeopleList { background: $panel; width: 100%; height: 1fr; padding: 0 1; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._people: Sequence[PersonLine] = ()
        self._top = 0
        self._drawn: dict[tuple[PersonLine, int], Strip] = {}

    def show(self, people: Sequence[PersonLine]) -> None:
        """Show these from now on."""
        if list(people) != list(self._people):
            before = self.visible_strips()
            self._people = people
            self._keep_in_range()
            self.repaint_changed(before)

    @property
    def wanted_height(self) -> int:
        """Rows in which everybody shows."""
        return len(self._people) + 1

    def redraw(self) -> None:
        """Draw everything anew, in other colours or another size."""
        self._drawn = {}
        self._keep_in_range()
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are cut to the width."""
        self.redraw()

    def on_focus(self) -> None:
        """The heading shows where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """The heading shows where the keys go."""
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Scroll with the arrows, j and k, page keys, home and end."""
        page = max(1, self.size.height - 2)
        jumps = {
            "up": -1,
            "k": -1,
            "down": 1,
            "j": 1,
            "pageup": -page,
            "pagedown": page,
            "home": -(10**6),
            "end": 10**6,
        }
        if event.key in jumps:
            event.stop()
            self.scroll_lines(jumps[event.key])

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_lines(-2)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_lines(2)

    def scroll_lines(self, lines: int) -> None:
        """Move down by so many people, or up."""
        before = self.visible_strips()
        self._top += lines
        self._keep_in_range()
        self.repaint_changed(before)

    def visible_strips(self) -> list[Strip]:
        """The heading, and the people from where the list is scrolled to."""
        width, height = self.size
        look = self.look
        people = self._people[self._top : self._top + max(0, height - 1)]
        shown = self._strips_of(people, width)
        below = len(self._people) - self._top - len(shown)
        more = [f"{look.signs.up} {self._top}"] if self._top else []
        more += [f"{look.signs.down} {below}"] if below else []
        colour = look.palette.accent if self.has_focus else look.palette.dim
        heading = [Span("People", look.on_panel(colour, bold=self.has_focus))]
        count = f"  {len(self._people)}" if self._people else ""
        strips = [spread([*heading, Span(count, look.dim)], [Span("  ".join(more), look.dim)], width, look.text)]
        blank = Strip.blank(width, look.text)
        return (strips + shown + [blank] * height)[:height]

    def _strips_of(self, people: Sequence[PersonLine], width: int) -> list[Strip]:
        """Draw these, but not those again that have not changed: this is called at every step that anybody takes."""
        before, self._drawn = self._drawn, {}
        strips = []
        for person in people:
            key = person, width
            self._drawn[key] = strip = before.get(key) or self._strip(person, width)
            strips.append(strip)
        return strips

    def _keep_in_range(self) -> None:
        room = max(0, self.size.height - 1)
        self._top = max(0, min(self._top, len(self._people) - room))

    def _strip(self, person: PersonLine, width: int) -> Strip:
        look, palette, account = self.look, self.look.palette, person.account
        colour = palette.person(account.colour)
        glyphs = clip_text(person.glyphs, 2, "")
        glyphs += " " * (2 - text_width(glyphs))
        if person.is_away:
            chip = make_style(colour, mix(palette.plate, colour, AWAY_STRENGTH))
        else:
            chip = make_style(palette.ink, colour, True)
        left = [Span(glyphs, chip), Span(" ", look.text)]
        left.append(Span(account.name, look.on_panel(palette.you if person.is_you else colour)))
        if person.is_you:
            left.append(Span(" you", look.dim))
        if person.is_away:
            left.append(Span(f" {look.signs.away} away", look.dim))
        area = clip_text(person.area, max(0, width // 3), "" if look.ascii_only else "…")
        mark = f" {look.signs.live}" if person.is_talking else "  "
        right = [self._voice(person), Span(f" {area}", look.dim), Span(mark, look.on_panel(palette.green))]
        return spread(left, right, width, look.text, ellipsis="~" if look.ascii_only else "…")

    def _voice(self, person: PersonLine) -> Span:
        """What there is to say about somebody's voice; who only reads matters while you talk with them."""
        look, mark = self.look, person.mark
        if mark is None:
            return Span("", look.text)
        sign = mark.ascii if look.ascii_only else mark.sign
        if mark is not STATUS_MARKS[Status.TEXT]:
            return Span(f" {sign}", look.on_panel(getattr(look.palette, mark.colour)))
        if person.is_talking:
            return Span(f" {sign} text", look.on_panel(look.palette.accent))
        return Span(f" {sign}", look.dim)
