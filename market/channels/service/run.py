"""One run over one listing at a marketplace: what is known at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from integrations.contracts.channels import Channel, ChannelError, ChannelShop, ItemState
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from market.channels import queries
from market.channels.rules.ready import may_be_there
from market.channels.rules.states import AttemptState, Wanted
from market.channels.rules.sync import Here, Step, There, next_step, pictures_differ


def here_of(row: Mapping[str, Any]) -> Here:
    """Our side of a row of `queries.listing`."""
    return Here(
        wanted=Wanted(row["wanted"]),
        live=may_be_there(row),
        price_vnd=row["price_vnd"],
        available=row["available"],
        keep_back=row["keep_back"],
        attempt=AttemptState(row["attempt_state"]) if row["attempt_state"] else None,
    )


@dataclass
class Run:
    """Its freshly read row, what was seen and what was refused in this run."""

    ports: Ports
    port: Channel
    shop: ChannelShop
    fence: int
    row: dict[str, Any]
    fresh: bool = False
    wrote: bool = False
    orders_pulled: bool = False
    put_off: frozenset[Step] = frozenset()
    refusals: list[ChannelError] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The channel listing's."""
        return UUID(str(self.row["id"]))

    async def reread(self) -> None:
        """Our side and what is kept of theirs, as they are now."""
        async with work(SYSTEM):
            self.row = await queries.listing(SYSTEM, self.id)

    @property
    def here(self) -> Here:
        """Our side, for the rules."""
        return here_of(self.row)

    @property
    def there(self) -> There:
        """The marketplace's side, for the rules."""
        row = self.row
        return There(
            item_id=row["item_id"],
            fresh=self.fresh,
            state=ItemState(row["observed_state"]) if row["observed_state"] else None,
            price_vnd=row["observed_price_vnd"],
            stock=row["observed_stock"],
            reserved=row["observed_reserved"] or 0,
            told_stock=row["told_stock"],
            orders_pulled=self.orders_pulled,
            pictures_differ=pictures_differ(row["sent_picture"], row["picture_keys"]),
            put_off=self.put_off,
        )

    def next(self) -> Step:
        """The next step."""
        return next_step(self.here, self.there)
