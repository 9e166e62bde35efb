"""Files sent in pieces, as a page or a program sends them."""

import base64
from dataclasses import dataclass

import httpx

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work

ADDRESS = "/api/v1/uploads"
SPOKEN = {"Tus-Resumable": "1.0.0"}
PIECE = {**SPOKEN, "Content-Type": "application/offset+octet-stream"}


def metadata(**said: str) -> str:
    """`Upload-Metadata` of these words."""
    return ",".join(f"{key} {base64.b64encode(v.encode()).decode()}" for key, v in said.items())


@dataclass
class Sender:
    """One client and how it speaks."""

    client: httpx.AsyncClient

    async def begin(self, length_bytes: int, client_id: str = "") -> httpx.Response:
        """Announce a file."""
        said = metadata(filename="IMG_1.jpg", client_id=client_id or str(new_id()))
        headers = {**SPOKEN, "Upload-Length": str(length_bytes), "Upload-Metadata": said}
        return await self.client.post(ADDRESS, headers=headers)

    async def piece(self, place: str, offset_bytes: int, piece: bytes) -> httpx.Response:
        """Send one piece."""
        headers = {**PIECE, "Upload-Offset": str(offset_bytes)}
        return await self.client.patch(place, headers=headers, content=piece)

    async def head(self, place: str) -> httpx.Response:
        """Ask where it stands."""
        return await self.client.head(place, headers=SPOKEN)

    async def whole(self, body: bytes, *, at_once: int = 64 * 1024) -> str:
        """The place of a file that is all here."""
        begun = await self.begin(len(body))
        assert begun.status_code == 201, begun.text
        place = begun.headers["location"]
        for start in range(0, len(body), at_once):
            sent = await self.piece(place, start, body[start : start + at_once])
            assert sent.status_code == 204, sent.text
        return place


def id_in(place: str) -> str:
    """The upload's id in its place."""
    return place.rpartition("/")[2]


async def grow_old(upload_id: str) -> None:
    """It has stood still for two days."""
    async with work(SYSTEM):
        await run(
            "UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = $1", [upload_id]
        )
