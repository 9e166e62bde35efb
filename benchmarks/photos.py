"""One photo to eight renditions: our decoder, and decoding anew for each size."""

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from PIL import Image

from benchmarks.measure import PAIRS, Row, compared, in_turn
from market.photos import decode
from market.photos.render import ENVIRONMENT, Part, orders
from market.photos.rules import RENDITION_WIDTHS_PX

WIDTH_PX, HEIGHT_PX = 4000, 3000
_NEVER_KEEP = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True)
class Used:
    """What one process needed."""

    cpu_s: float
    peak_mb: float
    said: bytes


Program = Callable[[bytes], Used]


def a_photo() -> bytes:
    """12 megapixels with grain, lying on its side, as a phone sends it."""
    grain = [
        Image.effect_noise((WIDTH_PX // 4, HEIGHT_PX // 4), sigma).resize((WIDTH_PX, HEIGHT_PX))
        for sigma in (40, 50, 60)
    ]
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.merge("RGB", grain).save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


def run(argv: list[str], photo: bytes, env: Mapping[str, str]) -> Used:
    """Run a program with the photo on stdin; what the system says that it used."""
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    assert process.stdin is not None and process.stdout is not None
    stdin = process.stdin

    def feed() -> None:
        stdin.write(photo)
        stdin.close()

    feeding = threading.Thread(target=feed)
    feeding.start()
    said = process.stdout.read(1)  # its work is done, and most of its answer still to be read
    peak_mb = _peak_mb(process.pid)
    said += process.stdout.read()
    feeding.join()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{argv[-1]} ended with {process.returncode}")
    return Used(used.ru_utime + used.ru_stime, peak_mb or used.ru_maxrss / 1024, said)


def _peak_mb(pid: int) -> float:
    """What a process itself has held at most; 0 for one that is gone.

    What `wait4` says begins with what the parent held when it was forked.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def decoder(photo: bytes, part: Part) -> Used:
    """The decoder as the worker starts it."""
    told = json.dumps(orders(os.getpid(), cpu_s=60, part=part))
    return run([sys.executable, "-I", str(decode.__file__), told], photo, ENVIRONMENT)


def ours(photo: bytes) -> Used:
    """What a person waits for."""
    used = decoder(photo, "first")
    header = json.loads(used.said.partition(b"\n")[0])
    sides = [(one["width_px"], one["height_px"]) for one in header["renditions"]]
    if len(sides) != 8 or sides[-1] != (1600, round(1600 * WIDTH_PX / HEIGHT_PX)):
        raise AssertionError(f"not what was ordered: {sides}")
    return used


def rest(photo: bytes) -> Used:
    """AVIF and the marketplaces' square, for which nobody waits."""
    return decoder(photo, "rest")


def naive(photo: bytes) -> Used:
    """Every size from the whole photo again."""
    return _floor("photo", photo)


def vips(photo: bytes) -> Used:
    """Every size by libvips."""
    return _floor("vips", photo)


def _floor(name: str, photo: bytes) -> Used:
    widths = [str(width) for width in RENDITION_WIDTHS_PX]
    # They keep their compiled modules from the uncounted run, whatever the shell says.
    env = {name: value for name, value in os.environ.items() if name != _NEVER_KEEP}
    used = run([sys.executable, "-m", "benchmarks.floors", name, *widths], photo, env)
    if not used.said.startswith(b"8 ") or b"1600x2133" not in used.said:
        raise AssertionError(f"not what was ordered: {used.said!r}")
    return used


async def rows() -> list[Row]:
    """Processor seconds and peak memory, pair by pair."""
    # A child's peak begins with what its parent holds, so another process draws.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        photo = await asyncio.get_running_loop().run_in_executor(pool, a_photo)
    found: list[Row] = []
    for program, name in ((naive, "Pillow, per size"), (vips, "libvips")):
        used: dict[str, list[Used]] = {"ours": [], "floor": []}

        async def one(kept: list[Used] = used["ours"]) -> float:
            kept.append(await asyncio.to_thread(ours, photo))
            return kept[-1].cpu_s

        async def other(kept: list[Used] = used["floor"], run_it: Program = program) -> float:
            kept.append(await asyncio.to_thread(run_it, photo))
            return kept[-1].cpu_s

        a, b = await in_turn(one, other)
        peak_a, peak_b = ([it.peak_mb for it in used[who][1:]] for who in ("ours", "floor"))
        found += [
            compared("photo of 12 MP to 8 files", "CPU s", a, b, name),
            compared("photo of 12 MP: peak", "MB", peak_a, peak_b, name),
        ]
    later = [await asyncio.to_thread(rest, photo) for _ in range(PAIRS)]
    for unit, seen in (("CPU s", [u.cpu_s for u in later]), ("MB", [u.peak_mb for u in later])):
        found.append(Row("photo of 12 MP: AVIF, square", unit, median(seen), None, None, PAIRS, ""))
    return found
