"""Pictures of goods for tests of the shop."""

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from market.photos.models import Photo, PhotoState, Rendition
from tests.kit.listings import Goods
from tests.kit.people import Seller


async def a_picture(seller: Seller, goods: Goods, *, position: int = 0) -> str:
    """A photo that is ready, with its renditions; the key of the JPEG of 960 px. No files."""
    photo_id, digest = new_id(), new_id().hex
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
                await Rendition.create(
                    photo_id=photo_id,
                    producer_id=seller.producer_id,
                    format=kind,
                    width_px=width,
                    height_px=width * 3 // 4,
                    size_bytes=1000,
                    key=f"r/{digest[:26]}{width:06d}.{kind}",
                )
    return f"r/{digest[:26]}000960.jpg"
