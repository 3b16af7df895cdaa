"""The blocks of a tick, as every viewport sees them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gathertui.protocol.positions import Viewport
from gathertui_server.gateway.mosaic import Mosaic

side = st.integers(0, 6)
cells = st.dictionaries(st.tuples(side, side), st.binary(min_size=1, max_size=3))
viewports = st.builds(
    lambda x, y, width, height: Viewport(x, y, x + width, y + height), side, side, st.integers(1, 5), st.integers(1, 5)
)


@given(cells, st.lists(viewports, min_size=1, max_size=8))
def test_a_viewport_gets_the_blocks_of_its_cells_row_by_row(
    blocks: dict[tuple[int, int], bytes], looked_at: list[Viewport]
) -> None:
    ordered = dict(sorted(blocks.items()))
    mosaic = Mosaic(ordered)
    for viewport in looked_at:
        assert mosaic.view(viewport) == b"".join(ordered.get(cell, b"") for cell in viewport.cells())
