"""Every flow that is crashed: how it begins, what the outside sends again, what it must come to."""

from tests.faults.killpoints.flows.cards import CARD, REFUND
from tests.faults.killpoints.flows.channels import OFFERED, SOLD
from tests.faults.killpoints.flows.flow import Flow
from tests.faults.killpoints.flows.money import BANK_EVENT, CANNOT, CASH, TAP
from tests.faults.killpoints.flows.orders import CALLED_OFF, CHECKOUT, CODE, EXPIRY
from tests.faults.killpoints.flows.photo import PHOTO
from tests.faults.killpoints.flows.upload import UPLOAD

FLOWS: tuple[Flow, ...] = (
    CHECKOUT,
    CODE,
    BANK_EVENT,
    TAP,
    CASH,
    CANNOT,
    CALLED_OFF,
    EXPIRY,
    PHOTO,
    UPLOAD,
    CARD,
    REFUND,
    OFFERED,
    SOLD,
)

__all__ = ["FLOWS", "Flow"]
