"""AVIF beside JPEG: bytes at the same SSIM, over drawn pictures and the photos at hand."""

import asyncio
import io
from concurrent.futures import ProcessPoolExecutor
from math import exp, log
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

from PIL import Image

from benchmarks.measure import Row
from market.demo.pictures import draw
from market.photos.rules import AVIF, AVIF_WIDTHS_PX

DRAWN = ("pomelo", "honey", "fish_sauce", "rice", "dried_squid", "tea")
AT_HAND = Path(__file__).parents[2] / "shared" / "data" / "photos"
_SIGMA, _C1, _C2 = 1.5, (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Structural similarity of the brightness (Wang et al. 2004), Gaussian window, 0 to 1."""
    import pyvips

    def plane(image: Image.Image) -> Any:
        grey = image.convert("L")
        raw = pyvips.Image.new_from_memory(grey.tobytes(), grey.width, grey.height, 1, "uchar")
        return raw.cast("float")

    def near(it: Any) -> Any:
        return it.gaussblur(_SIGMA, precision="float")

    x, y = plane(one), plane(other)
    mean_x, mean_y = near(x), near(y)
    spread_x, spread_y = near(x * x) - mean_x * mean_x, near(y * y) - mean_y * mean_y
    together = near(x * y) - mean_x * mean_y
    alike = (mean_x * mean_y * 2 + _C1) * (together * 2 + _C2)
    return float(
        (alike / ((mean_x * mean_x + mean_y * mean_y + _C1) * (spread_x + spread_y + _C2))).avg()
    )


def packed(image: Image.Image, kind: str, **options: Any) -> tuple[int, float]:
    """Bytes of the file and its likeness to the picture."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    with Image.open(out) as opened:
        return len(out.getvalue()), ssim(image, opened)


def ratio(image: Image.Image) -> float:
    """Bytes of our AVIF over those of a JPEG that is exactly as like.

    The JPEG's bytes lie between those of two qualities that are neighbours.
    """
    size, wanted = packed(image, "AVIF", **AVIF, max_threads=1)

    def jpeg(quality: int) -> tuple[int, float]:
        return packed(image, "JPEG", quality=quality, progressive=True, optimize=True)

    low, high = 5, 95
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if jpeg(middle)[1] < wanted else (low, middle)
    (bytes_low, like_low), (bytes_high, like_high) = jpeg(low), jpeg(high)
    part = min(1.0, max(0.0, (wanted - like_low) / (like_high - like_low)))
    return size / exp(log(bytes_low) * (1 - part) + log(bytes_high) * part)


def sources() -> list[Image.Image]:
    """Drawn goods, and photos where there are any."""
    files = [io.BytesIO(draw(name, 1)) for name in DRAWN]
    files += [io.BytesIO(path.read_bytes()) for path in sorted(AT_HAND.glob("*_1.jpg"))]
    found = []
    for file in files:
        with Image.open(file) as opened:
            found.append(opened.convert("RGB"))
    return found


def ratios(width_px: int) -> list[float]:
    """One for each picture at this width."""
    return [
        ratio(
            image.resize(
                (width_px, round(image.height * width_px / image.width)), Image.Resampling.LANCZOS
            )
        )
        for image in sources()
    ]


async def rows() -> list[Row]:
    """The geometric mean, the least and the most at each width."""
    found: list[Row] = []
    # A child's peak begins with what its parent holds, so another process packs.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        for width_px in AVIF_WIDTHS_PX:
            each = await asyncio.get_running_loop().run_in_executor(pool, ratios, width_px)
            mean = exp(fmean(log(one) for one in each))
            found.append(
                Row(
                    what=f"AVIF at {width_px} px: bytes at equal SSIM",
                    unit="of JPEG's",
                    ours=mean,
                    floor=1,
                    ratio=(mean, min(each), max(each)),
                    pairs=len(each),
                    floor_is="JPEG, geometric mean",
                )
            )
    return found
