"""Pictures of goods for tests of the shop."""

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from integrations.runtime.settings import get_settings
from market.photos.models import Photo, PhotoState, Rendition
from market.wiring import build_ports
from tests.kit import pictures
from tests.kit.listings import Goods
from tests.kit.people import Seller

# Other tests may show these goods in a browser, which asks for the files.
TINY = {
    "webp": pictures.webp(pictures.pattern(16, 12)),
    "jpg": pictures.phone_jpeg(pictures.pattern(16, 12)),
}


async def a_picture(seller: Seller, goods: Goods, *, position: int = 0) -> str:
    """A photo that is ready, with its renditions and their files; the key of the JPEG of 960 px."""
    photo_id, digest, storage = new_id(), new_id().hex, build_ports(get_settings()).storage
    async with work(SYSTEM):
        await Photo.create(
            id=photo_id,
            listing_id=goods.id,
            producer_id=seller.producer_id,
            position=position,
            state=PhotoState.READY,
            original_key=f"photos/{photo_id}/original.jpg",
            original_sha256=digest * 2,
            original_bytes=1000,
            content_type="image/jpeg",
            width_px=1600,
            height_px=1200,
            placeholder="data:image/webp;base64," + "A" * 200,
        )
        for kind in ("webp", "jpg"):
            for width in (160, 480, 960, 1600):
                key = f"r/{digest[:26]}{width:06d}.{kind}"
                await storage.put(key, TINY[kind], content_type=f"image/{kind}")
                await Rendition.create(
                    photo_id=photo_id,
                    producer_id=seller.producer_id,
                    format=kind,
                    width_px=width,
                    height_px=width * 3 // 4,
                    size_bytes=1000,
                    key=key,
                )
    return f"r/{digest[:26]}000960.jpg"
