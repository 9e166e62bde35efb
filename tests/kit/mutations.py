"""A run of broken photos through the decoder's own code in one bound process; prints what came."""

import json
import os
import random
import sys
from collections import Counter

from market.photos import decode
from market.photos.render import orders
from tests.kit import pictures

# None of it may be in what is made, whatever was done to the file around it.
TRACES = (
    b"Exif", b"xmpmeta", b"xpacket", b"ICC_PROFILE", b"ICCP", b"EXIF", b"XMP ", b"acsp",
    b"8BIM", b"Ducky", b"<script", b"PlantedMaker", pictures.SECRET_PLACE.encode(),
)  # fmt: skip


def sources() -> list[bytes]:
    """One small photo of every format, each with everything planted."""
    image = pictures.pattern(96, 64)
    made = [draw(image) for draw in (pictures.phone_jpeg, pictures.png, pictures.webp)]
    return [*made, pictures.heic(image)]


def mutated(whole: list[bytes], chance: random.Random) -> bytes:
    """One of them with bytes changed, cut out, doubled, moved, mixed with another, or cut off."""
    body = bytearray(chance.choice(whole))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body))
        length = min(chance.choice((1, 2, 4, 16, 200)), len(body) - at)
        match chance.randrange(7):
            case 0:
                body[at] ^= 1 << chance.randrange(8)
            case 1:
                body[at : at + length] = chance.randbytes(length)
            case 2:
                del body[at : at + length]
            case 3:
                body[at:at] = body[at : at + length]
            case 4:
                body[at : at + length] = chance.choice((b"\xff", b"\x00")) * length
            case 5:
                other = chance.choice(whole)
                body[at:at] = other[chance.randrange(len(other)) :][:2_000]
            case _:
                del body[at:]
        if len(body) < 32:
            break
    return bytes(body)


def main(files: int, seed: int) -> None:
    """Mutate, decode, count: how many were refused, made, and carried a trace out."""
    chance, whole = random.Random(seed), sources()
    told = orders(os.getppid(), cpu_s=900)
    decode.limit(told)
    seen: Counter[str] = Counter()
    for _ in range(files):
        file = mutated(whole, chance)
        header, bodies = decode.answer(file, told)
        if "problem" not in header:  # what is shown is worked once more
            rest, more = decode.answer(file, told | {"part": "rest"})
            seen["refused in the rest"] += "problem" in rest
            bodies += more
        seen[header.get("problem", "made")] += 1
        seen["traces"] += sum(trace in body for body in bodies for trace in TRACES)
        seen["files"] += 1
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
