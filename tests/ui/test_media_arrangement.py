"""Where pictures go, whose pictures those are, and what tiles say: without a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.client.media.state import OwnMedia, PeerMedia, Phase, Quality, Switch
from gathertui.protocol.base import Account, Role
from gathertui.protocol.media import CARRIED, DEAF, MICROPHONE
from gathertui.protocol.presence import Avatar
from gathertui.render.cells import Cells
from gathertui.render.colour import mix
from gathertui.render.modes import ColourDepth
from gathertui.render.palettes import DARK, LIGHT, Palette
from gathertui.ui.look import ASCII, UNICODE, Look
from gathertui.ui.panes import Pane, View
from gathertui.ui.tilearrangement import LEAST_COLUMNS, LEAST_ROWS, Arrangement, Place, arrange
from gathertui.ui.tilechoice import SILENT_SECONDS, SPOKEN_SECONDS, TileChoice
from gathertui.ui.tiledrawing import BAR_STRENGTH, draw_bar, draw_person, meter
from gathertui.ui.tilesigns import (
    METER_STEPS,
    TileSign,
    Tone,
    Voice,
    meter_step,
    own_words,
    sign_of_peer,
    sign_of_yourself,
    voice_of,
)

# ---------------------------------------------------------------- places


def cells_of(place: Place) -> set[tuple[int, int]]:
    return {(x, y) for x in range(place.x, place.x + place.columns) for y in range(place.y, place.y + place.rows)}


def all_places(arrangement: Arrangement) -> list[Place]:
    own = [] if arrangement.yours is None else [arrangement.yours]
    return [*arrangement.pictures, *arrangement.bars, *own]


@given(
    columns=st.integers(2, 220),
    rows=st.integers(1, 70),
    pictures=st.integers(0, 7),
    bars=st.integers(0, 7),
    yours=st.booleans(),
    fills=st.booleans(),
)
def test_tiles_lie_inside_and_none_on_another(
    columns: int, rows: int, pictures: int, bars: int, yours: bool, fills: bool
) -> None:
    arrangement = arrange(columns, rows, pictures=pictures, bars=bars, yours=yours, fills=fills)
    seen: set[tuple[int, int]] = set()
    for place in all_places(arrangement):
        cells = cells_of(place)
        assert not cells & seen
        seen |= cells
        assert place.x >= 0 and place.x + place.columns <= columns
        assert place.y >= 0 and place.y + place.rows <= arrangement.rows <= rows
    assert len(arrangement.pictures) <= pictures and len(arrangement.bars) <= bars
    assert arrangement.yours is None or yours
    for place in arrangement.pictures:
        assert place.columns >= LEAST_COLUMNS and place.rows > LEAST_ROWS


@pytest.mark.parametrize(
    ("columns", "rows", "pictures", "fit"),
    [(38, 19, 1, 1), (38, 19, 2, 2), (38, 19, 6, 6), (38, 7, 6, 3), (38, 4, 1, 0)],
)
def test_as_many_pictures_show_as_fit(columns: int, rows: int, pictures: int, fit: int) -> None:
    assert len(arrange(columns, rows, pictures=pictures, bars=0, yours=False).pictures) == fit


def test_one_picture_is_as_wide_as_its_place_and_yours_is_small_beside_the_others_lines() -> None:
    alone = arrange(38, 19, pictures=1, bars=0, yours=False).pictures[0]
    assert alone.columns == 38
    both = arrange(38, 25, pictures=1, bars=2, yours=True)
    assert both.yours is not None and both.yours.columns < both.pictures[0].columns
    assert [bar.rows for bar in both.bars] == [1, 1]


# ---------------------------------------------------------------- whose


def test_who_speaks_gets_a_place_after_a_second_from_who_was_silent_for_five() -> None:
    choice = TileChoice()
    everybody = [1, 2, 3]
    assert choice.choose(everybody, set(), 2, now=0.0) == (1, 2)
    silent_from = SILENT_SECONDS + 1
    assert choice.choose(everybody, {3}, 2, now=silent_from) == (1, 2)
    assert choice.choose(everybody, {3}, 2, now=silent_from + SPOKEN_SECONDS - 0.1) == (1, 2)
    after = choice.choose(everybody, {3}, 2, now=silent_from + SPOKEN_SECONDS)
    assert sorted(after) == [2, 3] or sorted(after) == [1, 3]
    assert len(set(after) & {1, 2}) == 1, "the other one stays where they are"


def test_nobody_loses_their_place_who_has_spoken_lately() -> None:
    choice = TileChoice()
    choice.choose([1, 2], {1}, 1, now=0.0)
    assert choice.choose([1, 2], {1}, 1, now=8.0) == (1,)
    assert choice.choose([1, 2], {2}, 1, now=9.0) == (1,)
    assert choice.choose([1, 2], {2}, 1, now=9.0 + SILENT_SECONDS - 0.1) == (1,)
    assert choice.choose([1, 2], {2}, 1, now=9.0 + SILENT_SECONDS) == (2,)


def test_who_leaves_makes_room_and_a_smaller_screen_drops_who_is_silent() -> None:
    choice = TileChoice()
    assert choice.choose([1, 2, 3], set(), 2, now=0.0) == (1, 2)
    assert choice.choose([2, 3], set(), 2, now=1.0) == (2, 3)
    assert choice.choose([2, 3], {3}, 1, now=2.0) == (3,)
    assert choice.choose([2, 3], set(), 0, now=3.0) == ()


# ---------------------------------------------------------------- words and marks


def avatar(media: int, name: str = "grace") -> Avatar:
    return Avatar(7, Account(f"id-{name}", name, Role.MEMBER, 1), "GR", 1, 1, 0, media=media)


@pytest.mark.parametrize(
    ("media", "speaking", "voice"),
    [
        (0, False, Voice.TEXT),
        (CARRIED | DEAF | MICROPHONE, False, Voice.TEXT),
        (CARRIED, False, Voice.MUTED),
        (CARRIED | MICROPHONE, False, Voice.QUIET),
        (CARRIED | MICROPHONE, True, Voice.SPEAKING),
    ],
)
def test_a_voice_is_known_by_what_is_heard_and_by_the_avatars_bits(media: int, speaking: bool, voice: Voice) -> None:
    assert voice_of(avatar(media), speaking=speaking) is voice


def test_a_tile_says_how_the_connection_is() -> None:
    peer = PeerMedia(phase=Phase.NO_PATH, why="No way.", level=1.0, quality=Quality.POOR, microphone=True)
    sign = sign_of_peer(avatar(CARRIED | MICROPHONE), peer)
    assert (sign.words, sign.why, sign.level, sign.quality) == ("no path", "No way.", 0, Quality.UNKNOWN)
    assert sign_of_peer(avatar(CARRIED), PeerMedia(phase=Phase.CONNECTING, why="later")).why == ""
    assert sign_of_peer(avatar(0), PeerMedia(phase=Phase.CONNECTED)).words == "can't hear"
    assert sign_of_yourself(avatar(CARRIED), OwnMedia(microphone=Switch.ON, level=0.5)).level > 0


@pytest.mark.parametrize(("level", "step"), [(-1, 0), (0, 0), (0.01, 0), (0.2, 1), (1, METER_STEPS), (9, METER_STEPS)])
def test_a_meter_has_steps(level: float, step: int) -> None:
    assert meter_step(level) == step
    for look in (Look(DARK, UNICODE), Look(DARK, ASCII)):
        for cells in (3, 6):
            drawn = meter(look, step, cells)
            assert len(drawn) == cells
            assert (drawn == meter(look, 0, cells)) is (step == 0), "lit and unlit differ without colours"


def words(own: OwnMedia, media: int = CARRIED) -> list[str]:
    return [word.text for word in own_words(own, media)]


def test_your_own_state_is_said_in_words() -> None:
    assert words(OwnMedia(carried=True)) == ["muted"]
    live = OwnMedia(carried=True, microphone=Switch.ON, camera=Switch.ON, deafened=True)
    assert words(live) == ["mic on", "camera on", "deaf"]
    assert words(OwnMedia(carried=True, camera=Switch.PREVIEW)) == ["muted", "camera: only you"]
    assert words(OwnMedia(carried=True, problems={"microphone": "Plug one in."})) == ["no mic"]
    assert words(OwnMedia(problems={"media": "Over ssh there is none."})) == ["text only"]
    assert words(OwnMedia(carried=False), CARRIED) == ["sound is in another window"]
    assert words(OwnMedia(carried=False), 0) == ["muted"], "nobody carries it yet"
    assert {word.tone for word in own_words(live, CARRIED)} == {Tone.LIVE, Tone.WARNING}


def bar(sign: TileSign, columns: int, look: Look) -> str:
    cells = Cells(columns, 1)
    draw_bar(cells, look, sign, depth=ColourDepth.TRUECOLOR)
    return cells.row_text(0)


SPEAKS = TileSign("grace", "GR", 3, voice=Voice.SPEAKING, level=4, quality=Quality.POOR)


@pytest.mark.parametrize("columns", [1, 4, 8, 12, 16, 24, 40, 80])
@pytest.mark.parametrize("look", [Look(DARK), Look(LIGHT, ASCII)])
def test_a_bar_fits_and_keeps_the_name(columns: int, look: Look) -> None:
    for sign in (SPEAKS, SPEAKS._replace(name="王小云 with a very long name", words="connecting", chosen=True)):
        text = bar(sign, columns, look)
        assert len(text) <= columns
        if columns >= 12:
            assert sign.name[0] in text
        if look.ascii_only:
            assert all(char.isascii() or char in sign.name for char in text)


def test_marks_and_words_tell_the_states_apart_without_colour() -> None:
    shown = {
        bar(SPEAKS._replace(voice=voice, quality=quality, level=0), columns, Look(DARK))
        for voice in Voice
        for quality in (Quality.GOOD, Quality.FAIR, Quality.POOR)
        for columns in (30,)
    }
    assert len(shown) == len(Voice) * 3
    assert "∅ muted" in bar(SPEAKS._replace(voice=Voice.MUTED), 40, Look(DARK))
    assert "♪" in bar(SPEAKS, 20, Look(DARK)) and "*" in bar(SPEAKS, 20, Look(DARK, ASCII))


def test_why_there_is_no_path_is_wrapped_and_cut_with_a_sign() -> None:
    why = "No way through to Ada: the network lets no UDP out and the office has no TURN server."
    for columns, rows in ((34, 8), (20, 8), (14, 6)):
        cells = Cells(columns, rows)
        draw_person(cells, Look(DARK), SPEAKS._replace(why=why))
        lines = [cells.row_text(y).strip() for y in range(rows - 1)]
        said = " ".join(line for line in lines if line and line != "GR")
        assert said.removesuffix("…").strip() in why and said.startswith("No way")
        assert (said == why) is (columns > 14)
        assert said == why or said.endswith("…")


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_names_can_be_read_on_their_bar(palette: Palette) -> None:
    def luminance(colour: int) -> float:
        channels = [(colour >> shift & 255) / 255 for shift in (16, 8, 0)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: int, other: int) -> float:
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    for number in range(len(palette.people)):
        person = palette.person(number)
        ground = mix(palette.panel, person, BAR_STRENGTH)
        assert contrast(person, ground) >= 4.5
        assert contrast(palette.amber, ground) >= 4.5 and contrast(palette.dim, ground) >= 3.0
    assert contrast(palette.ink, palette.accent) >= 4.5


# ---------------------------------------------------------------- which pane


def test_a_pane_alone_and_all_of_them_again() -> None:
    assert View().toggled(narrow=False) == View(Pane.MAP, full=True)
    assert View(Pane.MAP, full=True).toggled(narrow=False) == View()
    assert View().toggled(narrow=True) == View(Pane.PICTURES)
    closer = View(Pane.PICTURES).toggled(narrow=False)
    assert closer == View(Pane.PICTURES, full=True, one=True)
    assert closer.toggled(narrow=False) == View(Pane.PICTURES, full=True)
    assert View().toggled_grid() == View(Pane.PICTURES, full=True) and View().toggled_grid().toggled_grid() == View()
    assert View().next(-1, pictures=True).pane is Pane.PICTURES
    assert View().next(-1, pictures=False).pane is Pane.PEOPLE
