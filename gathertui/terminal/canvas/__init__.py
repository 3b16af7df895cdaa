"""Widgets that are drawn straight to the terminal, cell by cell, beside Textual's own updates.

`Canvas` is the widget: it owns a buffer of cells and is asked for a picture when one
can be shown. `CanvasApp` is what its app is derived from. Where drawing past Textual
is not possible the same cells reach the terminal as Textual's strips.
"""
