"""The photographs that come with scikit-image, as a camera would send them. None is downloaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

WIDTH, HEIGHT = 640, 480


def photographs() -> dict[str, NDArray[np.uint8]]:
    """Five photographs by name, cut to 4:3 round their middle and scaled to 640 by 480."""
    pictures = {
        "astronaut": data.astronaut(),
        "chelsea": data.chelsea(),
        "coffee": data.coffee(),
        "motorcycle": data.stereo_motorcycle()[0],
        "rocket": data.rocket(),
    }
    return {name: _framed(picture) for name, picture in pictures.items()}


def _framed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    across, down = min(width, height * WIDTH // HEIGHT), min(height, width * HEIGHT // WIDTH)
    left, top = (width - across) // 2, (height - down) // 2
    part = Image.fromarray(picture[top : top + down, left : left + across, :3])
    return np.asarray(part.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
