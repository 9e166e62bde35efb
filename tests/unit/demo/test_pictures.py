"""The drawn pictures: every kind, alike for the same seed, different for another, quick, clean."""

import io
import time

import pytest
from PIL import Image, ImageStat

from market.demo.pictures import KINDS, draw


def test_every_kind_is_a_photo_of_its_own_and_quickly_drawn() -> None:
    small: dict[str, bytes] = {}
    began = time.process_time()
    bodies = {kind: draw(kind, 1) for kind in KINDS}
    assert (time.process_time() - began) / len(KINDS) < 1
    for kind, body in bodies.items():
        assert len(body) < 400_000
        with Image.open(io.BytesIO(body)) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", (1600, 1200), "RGB")
            assert not image.getexif()
            assert ImageStat.Stat(image.convert("L")).stddev[0] > 15, f"{kind} is empty"
            small[kind] = image.resize((16, 12)).tobytes()
    for first in KINDS:
        for second in KINDS:
            apart = sum(abs(a - b) for a, b in zip(small[first], small[second], strict=True))
            assert first == second or apart / len(small[first]) > 2, (first, second)


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    assert draw("tea", 5) == draw("tea", 5)
    assert len({draw("tea", seed) for seed in range(5)}) == 5


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        draw("unicorn", 0)
