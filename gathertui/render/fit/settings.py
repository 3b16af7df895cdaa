"""How a picture is to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from gathertui.render.modes import ColourDepth, PictureMode


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What a `Fitter` draws with, and what it does to the picture first."""

    mode: PictureMode
    """The glyphs to draw with."""
    depth: ColourDepth = ColourDepth.TRUECOLOR
    """How many colours the terminal has; the cells hold only colours that it can show."""
    edges: bool = True
    """Draw with slants (sextants and octants) and eighths (quadrants, too) where they come nearer, in true colour."""
    contrast: float = 1.0
    """By how much sRGB values are spread round the middle grey; 1 leaves them."""
    brightness: float = 0.0
    """What is added to every value, as a part of white: -1 makes all black, 1 all white."""
    dither: bool = True
    """Mix the colours of a small palette in a fixed pattern, so that tones between them show."""
    merge: float = 1.0
    """How far apart in sRGB numbers two colours may be to be shown as one, which takes half the bytes."""
    crop: bool = False
    """Show the picture's middle, in its own proportions; without, it is stretched to fill the cells."""
    cell_aspect: float = 0.5
    """Width of a terminal's cell by its height, for `crop`."""
    levels: bool = False
    """Spread the tones of the picture's middle over more of the range, slowly from picture to picture."""
    sharpness: float = 0.0
    """How much of what differs from its surroundings is added to it; 0 leaves it."""

    @classmethod
    def for_faces(
        cls, mode: PictureMode, depth: ColourDepth = ColourDepth.TRUECOLOR, *, cell_aspect: float = 0.5
    ) -> FitSettings:
        """What suits a webcam's picture of somebody at a desk.

        The middle is shown in its proportions, since faces sit there and look
        wrong when stretched. Levels, because rooms are dim and windows bright:
        what matters is the middle's tones, and a grey face on grey has no
        features in two colours a cell. Some sharpness, because cameras blur
        what they take for noise, and eyes and mouth are only a cell or two.
        Colours that are alike are merged: what is left of the noise costs bytes
        in every picture, and shows nothing.
        """
        return cls(mode, depth, crop=True, cell_aspect=cell_aspect, levels=True, sharpness=0.4, merge=4.0)
