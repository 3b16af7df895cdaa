"""What is drawn, as arrays of cells: pure functions from the model and a palette to pictures.

Colours are whole numbers, 0xRRGGBB; cell buffers are numpy arrays of shape
(rows, columns). Nothing here writes to a terminal.
"""
