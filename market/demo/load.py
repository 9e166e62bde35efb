"""Put the demo province into the database; its pictures are drawn afterwards by the worker."""

from datetime import date
from uuid import UUID

from slugify import slugify

from integrations.contracts.ids import new_id, short_code
from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.clock import now
from integrations.runtime.crypto import keyed_hash, seal
from integrations.runtime.database import rows, value, work
from integrations.runtime.outbox import emit
from market.catalog.models import Listing, Variant
from market.catalog.rules import ListingState
from market.catalog.service.stock import set_stock
from market.demo.people import DemoGoods, DemoProducer, DemoStaff, province
from market.listing.models import ModerationDecision
from sellers.accounts.models import Person, RoleGrant
from sellers.onboarding.models import CaseStep, OnboardingCase
from sellers.onboarding.rules import CaseState, StepState, decided_steps
from sellers.producers.models import Membership, PayoutAccount, Producer
from sellers.producers.rules.identity import Person as Answering
from sellers.producers.service import confirm_identity, keep_identity


async def load() -> int:
    """Load everybody and everything once, in one transaction; how many listings were new."""
    demo = province()
    async with work(SYSTEM):
        if await value("SELECT 1 FROM person WHERE phone = $1", [demo.staff[0].phone]):
            return 0
        staff = {one.role: await _staff(one) for one in demo.staff}
        for producer in demo.producers:
            made, person_id = await _producer(producer, staff[Role.MODERATOR])
            await _confirmed(producer, made, person_id, staff[Role.PROVINCE_STAFF])
    return sum(len(producer.goods) for producer in demo.producers)


async def _staff(demo: DemoStaff) -> UUID:
    person = await Person.create(phone=demo.phone, name=demo.name)
    await RoleGrant.create(person_id=person.id, role=str(demo.role), province_code=demo.province)
    return person.id


async def _confirmed(
    demo: DemoProducer, producer: Producer, person_id: UUID, staff_id: UUID
) -> None:
    """Who answers is known, as if staff had seen the card; the numbers are made up."""
    person = Answering(
        name=demo.owner, number=f"04208500{demo.phone[-4:]}", born_on=date(1985, 11, 20)
    )
    owner = Viewer(Role.PRODUCER, person_id=person_id, producer_id=producer.id)
    await keep_identity(owner, person=person, tax_code=demo.tax_code, method="typed")
    staff = Viewer(Role.PROVINCE_STAFF, person_id=staff_id)
    await confirm_identity(staff, producer.id, evidence="seen", place="")
    await OnboardingCase.create(
        producer_id=producer.id,
        state=CaseState.APPROVED,
        decided_by=staff_id,
        decided_at=now(),
    )
    for step in (*decided_steps(demo.kind), "first_listing"):
        await CaseStep.create(
            producer_id=producer.id, step=step, state=StepState.DONE, moved_by=staff_id
        )


async def _producer(demo: DemoProducer, staff_id: UUID) -> tuple[Producer, UUID]:
    person = await Person.create(phone=demo.phone, name=demo.owner)
    commune = await value("SELECT full_name FROM commune WHERE code = $1", [demo.commune])
    producer = await Producer.create(
        code=short_code(),
        kind=demo.kind,
        name=demo.name,
        search_text=fold(f"{demo.name} {commune}"),
        commune_id=demo.commune,
        phone=demo.phone,
        about=demo.about,
    )
    await Membership.create(person_id=person.id, producer_id=producer.id)
    await PayoutAccount.create(
        producer_id=producer.id,
        bank_id=demo.bank,
        account_sealed=seal(demo.account, purpose="payout_account"),
        account_hash=keyed_hash(demo.account, purpose="payout_account"),
        account_last4=demo.account[-4:],
        holder_sealed=seal(demo.holder, purpose="payout_holder"),
    )
    await emit("payout_account.set", producer.id)
    for seed, goods in enumerate(demo.goods):
        listing_id = await _listing(goods, producer, str(commune))
        await ModerationDecision.create(
            listing_id=listing_id,
            producer_id=producer.id,
            decision="approved",
            revision=1,
            person_id=staff_id,
        )
        await emit("demo.listed", listing_id, picture=goods.picture, seed=seed)
    return producer, person.id


async def _listing(goods: DemoGoods, producer: Producer, commune: str) -> UUID:
    code, variant_id = short_code(), new_id()
    listing = await Listing.create(
        producer_id=producer.id,
        client_id=str(new_id()),
        code=code,
        slug=slugify(goods.name, max_length=100),
        name=goods.name,
        description=goods.description,
        search_text=fold(f"{goods.name} {producer.name} {commune} {goods.description}")[:600],
        state=ListingState.LIVE,
    )
    await rows(
        "UPDATE listing SET submitted_at = now(), live_at = clock_timestamp() WHERE id = $1"
        " RETURNING id",
        [listing.id],
    )
    await Variant.create(
        id=variant_id,
        listing_id=listing.id,
        producer_id=producer.id,
        sku=code,
        price_vnd=goods.price_vnd,
        unit=goods.unit,
    )
    await set_stock(variant_id=variant_id, available=goods.available, reference="demo")
    return listing.id
