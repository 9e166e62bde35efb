"""Reference data that laws and the state change: loaded again after every migration."""

from market.fees.reference import load_fee_rows
from sellers.producers.reference import load_banks, load_old_communes, load_places
from sellers.support.reference import load_support_kinds


async def load_reference_data() -> None:
    """Places, banks, rates and kinds of support; each loader is idempotent in its slice."""
    await load_places()
    await load_old_communes()
    await load_banks()
    await load_fee_rows()
    await load_support_kinds()
