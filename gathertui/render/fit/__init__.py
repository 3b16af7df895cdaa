"""Pictures to cells: which glyph and which two colours come nearest, cell by cell."""

from gathertui.render.fit.crop import crop_to_aspect
from gathertui.render.fit.fitted import Fitted
from gathertui.render.fit.fitter import Fitter
from gathertui.render.fit.settings import FitSettings

__all__ = ["FitSettings", "Fitted", "Fitter", "crop_to_aspect"]
