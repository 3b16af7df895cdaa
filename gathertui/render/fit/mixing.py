"""How near mixtures of two lights come to what is wanted."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

COARSENESS: Final = 0.08
"""How much of the unevenness of two mixed colours, as light, counts as error.

Small, so that tones are kept; not nothing, so that of two mixtures of the same
tone the finer one is taken.
"""

_Light = NDArray[np.float32]


def shares(wanted: _Light, first: _Light, second: _Light) -> _Light:
    """How much of the first light, (3, N), with the second comes nearest to the (3, N, P) wanted: (N, P), 0 to 1."""
    axis = first - second
    length = np.einsum("cn,cn->n", axis, axis)
    along = np.einsum("cnp,cn->np", wanted, axis) - np.einsum("cn,cn->n", second, axis)[:, None]
    share: _Light = np.clip(along / np.maximum(length, np.float32(1e-9))[:, None], 0, 1)
    return share


def mixing_error(wanted: _Light, first: _Light, second: _Light) -> _Light:
    """(N,) squared error of mixing two lights, (3, N), for the (3, N, P) wanted, and what their unevenness adds."""
    share = shares(wanted, first, second)
    axis = first - second
    error = np.zeros(len(share), np.float32)
    for channel in range(3):
        off = wanted[channel] - second[channel][:, None] - share * axis[channel][:, None]
        error += np.einsum("np,np->n", off, off)
    error += COARSENESS * np.einsum("np,np->n", share, 1 - share) * np.einsum("cn,cn->n", axis, axis)
    return error
