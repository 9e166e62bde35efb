"""What the stand-in does with money: pages, payments, refunds, disputes, and their events."""

from typing import Any, Final, Literal

from integrations.contracts.money import part_of
from integrations.payments.stripe.standin.books import Books, Thing
from integrations.payments.stripe.standin.refusal import Refusal

How = Literal["paid", "declined", "later"]

# A made-up price list that never changes: 3.9 % and 5,000 đồng of a charge; per dispute 300,000.
FEE_PPM: Final = 39_000
FEE_FIXED_VND: Final = 5_000
DISPUTE_FEE_VND: Final = 300_000
AMOUNT_MIN_VND: Final = 13_000  # about half a dollar
AMOUNT_MAX_VND: Final = 99_999_999  # eight digits
PAGE_MIN_S: Final = 30 * 60
PAGE_MAX_S: Final = 24 * 3600
EVIDENCE_S: Final = 7 * 24 * 3600


class Till:
    """Every verb changes the books and writes its events. `wanted`: kinds that are sent out."""

    def __init__(self, books: Books, wanted: frozenset[str]) -> None:
        self._books = books
        self.wanted = wanted

    def open_page(self, asked: Thing) -> Thing:
        """A Checkout Session. Raises `Refusal` for its sum or its end."""
        now = int(self._books.now())
        total = sum(
            line["quantity"] * line["price_data"]["unit_amount"] for line in asked["line_items"]
        )
        if total < AMOUNT_MIN_VND:
            raise Refusal("The total is below the minimum.", code="amount_too_small")
        if total > AMOUNT_MAX_VND:
            raise Refusal("The total is above the maximum.", code="amount_too_large")
        ends_at = asked.get("expires_at", now + PAGE_MAX_S)
        if not now + PAGE_MIN_S <= ends_at <= now + PAGE_MAX_S:
            raise Refusal(
                "`expires_at` lies between 30 minutes and 24 hours after creation.",
                param="expires_at",
            )
        page = self._books.add(
            "cs_test",
            "checkout.session",
            amount_subtotal=total,
            amount_total=total,
            cancel_url=asked.get("cancel_url"),
            client_reference_id=asked.get("client_reference_id"),
            currency="vnd",
            expires_at=ends_at,
            locale=asked.get("locale"),
            metadata=asked.get("metadata", {}),
            mode="payment",
            payment_intent=None,
            payment_status="unpaid",
            status="open",
            success_url=asked["success_url"],
            ui_mode="hosted_page",
            url=None,
        )
        self._books.state.hidden[page["id"]] = {
            "lines": [
                {
                    "name": line["price_data"]["product_data"]["name"],
                    "quantity": line["quantity"],
                    "price_vnd": line["price_data"]["unit_amount"],
                }
                for line in asked["line_items"]
            ],
            "payment": asked.get("payment_intent_data", {}),
        }
        return page

    def close_page(self, page: Thing) -> Thing:
        """Expire an open page. Raises `Refusal` for one that is closed."""
        if page["status"] != "open":
            raise Refusal(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This one has a status of {page['status']}."
            )
        page["status"] = "expired"
        self._tell("checkout.session.expired", page)
        return page

    def close_late_pages(self) -> None:
        """Expire what has reached its end by the clock."""
        for page in self._books.all_of("checkout.session"):
            if page["status"] == "open" and page["expires_at"] <= self._books.now():
                self.close_page(page)

    def next_end(self) -> float | None:
        """When the next open page ends, by the clock."""
        ends = [
            page["expires_at"]
            for page in self._books.all_of("checkout.session")
            if page["status"] == "open"
        ]
        return min(ends, default=None)

    def pay(self, page: Thing, how: How) -> Thing:
        """What the buyer does on the page. `later`: the money comes, or fails, by `settle`."""
        if page["status"] != "open":
            raise Refusal(f"This page is {page['status']}.", code="session_not_open")
        payment = self._payment_of(page)
        if how == "declined":
            self._fail(payment)
            return page
        page["status"] = "complete"
        if how == "later":
            payment["status"] = "processing"
            self._tell("payment_intent.processing", payment)
        else:
            self._take(payment)
            page["payment_status"] = "paid"
        self._tell("checkout.session.completed", page)
        return page

    def settle(self, page: Thing, *, ok: bool) -> Thing:
        """The outcome of a payment that was made to come later."""
        payment = self._payment_of(page)
        if payment["status"] != "processing":
            raise Refusal(f"This payment is {payment['status']}.", code="payment_not_processing")
        if ok:
            self._take(payment)
            page["payment_status"] = "paid"
        else:
            self._fail(payment)
        outcome = "succeeded" if ok else "failed"
        self._tell(f"checkout.session.async_payment_{outcome}", page)
        return page

    def refund(self, asked: Thing) -> Thing:
        """Give back, whole or in part. Raises `Refusal` for what is not there to give."""
        charge = self._charge_to_refund(asked)
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            raise Refusal(
                f"Charge {charge['id']} has already been refunded.",
                code="charge_already_refunded",
            )
        if charge["disputed"]:
            raise Refusal(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
        amount = asked.get("amount", left)
        if amount > left:
            raise Refusal(
                f"Refund amount (₫{amount}) is greater than unrefunded amount on charge (₫{left})",
                param="amount",
            )
        refund = self._books.add(
            "re",
            "refund",
            amount=amount,
            balance_transaction=None,
            charge=charge["id"],
            currency="vnd",
            metadata=asked.get("metadata", {}),
            payment_intent=charge["payment_intent"],
            reason=asked.get("reason"),
            status="pending" if self._books.state.faults.refunds_wait else "succeeded",
        )
        refund["balance_transaction"] = self._book("refund", refund, -amount)["id"]
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        return refund

    def move_refund(self, refund: Thing, status: str) -> Thing:
        """Move one on. A refund can fail even after it had succeeded: the money comes back."""
        before = refund["status"]
        if before not in ("pending", "succeeded") or (before, status) == ("succeeded", before):
            raise Refusal(f"This refund is {before}.", code="refund_not_movable")
        refund["status"] = status
        if status in ("failed", "canceled"):
            charge = self._books.find("charge", refund["charge"])
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            self._book("refund_failure", refund, refund["amount"])
        self._tell("refund.failed" if status == "failed" else "refund.updated", refund)
        return refund

    def open_dispute(self, payment: Thing, amount: int | None, reason: str) -> Thing:
        """The buyer's bank takes the money back, and Stripe its fee for the trouble."""
        if not payment["latest_charge"]:
            raise Refusal("This payment has no charge.", code="no_charge")
        charge = self._books.find("charge", payment["latest_charge"])
        if charge["disputed"]:
            raise Refusal(f"Charge {charge['id']} is disputed already.", code="charge_disputed")
        charge["disputed"] = True
        dispute = self._books.add(
            "du",
            "dispute",
            amount=amount or charge["amount"],
            balance_transactions=[],
            charge=charge["id"],
            currency="vnd",
            evidence_details={
                "due_by": int(self._books.now()) + EVIDENCE_S,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            is_charge_refundable=False,
            metadata={},
            payment_intent=payment["id"],
            reason=reason,
            status="needs_response",
        )
        self._tell("charge.dispute.created", dispute)
        taken = self._book("adjustment", dispute, -dispute["amount"], fee=DISPUTE_FEE_VND)
        dispute["balance_transactions"].append(taken)
        self._tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close_dispute(self, dispute: Thing, *, won: bool) -> Thing:
        """The bank decides. Won: the money comes back, the fee does not."""
        if dispute["status"] in ("won", "lost"):
            raise Refusal(f"This dispute is {dispute['status']}.", code="dispute_closed")
        dispute["status"] = "won" if won else "lost"
        if won:
            back = self._book("adjustment", dispute, dispute["amount"])
            dispute["balance_transactions"].append(back)
            self._tell("charge.dispute.funds_reinstated", dispute)
        self._tell("charge.dispute.closed", dispute)
        return dispute

    def _payment_of(self, page: Thing) -> Thing:
        """The page's payment intent; like Stripe, there is none before the first try."""
        if page["payment_intent"]:
            return self._books.find("payment_intent", page["payment_intent"])
        given: dict[str, Any] = self._books.state.hidden[page["id"]]["payment"]
        payment = self._books.add(
            "pi",
            "payment_intent",
            amount=page["amount_total"],
            amount_received=0,
            currency="vnd",
            description=given.get("description"),
            last_payment_error=None,
            latest_charge=None,
            metadata=given.get("metadata", {}),
            status="requires_payment_method",
            transfer_group=given.get("transfer_group"),
        )
        page["payment_intent"] = payment["id"]
        self._tell("payment_intent.created", payment)
        return payment

    def _take(self, payment: Thing) -> None:
        charge = self._books.add(
            "ch",
            "charge",
            amount=payment["amount"],
            amount_refunded=0,
            balance_transaction=None,
            captured=True,
            currency="vnd",
            disputed=False,
            metadata=payment["metadata"],
            paid=True,
            payment_intent=payment["id"],
            refunded=False,
            status="succeeded",
            transfer_group=payment["transfer_group"],
        )
        fee = part_of(charge["amount"], FEE_PPM) + FEE_FIXED_VND
        charge["balance_transaction"] = self._book("charge", charge, charge["amount"], fee=fee)[
            "id"
        ]
        if late_s := self._books.state.faults.book_after_s:
            self._books.state.hidden[charge["id"]] = {"book_after_s": late_s}
        payment.update(
            status="succeeded",
            amount_received=payment["amount"],
            last_payment_error=None,
            latest_charge=charge["id"],
        )
        self._tell("charge.succeeded", charge)
        self._tell("payment_intent.succeeded", payment)

    def _fail(self, payment: Thing) -> None:
        payment["status"] = "requires_payment_method"
        payment["last_payment_error"] = {
            "type": "card_error",
            "code": "card_declined",
            "decline_code": "generic_decline",
            "message": "Your card was declined.",
        }
        self._tell("payment_intent.payment_failed", payment)

    def _charge_to_refund(self, asked: Thing) -> Thing:
        if ("payment_intent" in asked) == ("charge" in asked):
            raise Refusal("One of the following params should be provided: payment_intent, charge.")
        if "charge" in asked:
            return self._books.find("charge", asked["charge"], param="charge")
        payment = self._books.find(
            "payment_intent", asked["payment_intent"], param="payment_intent"
        )
        if not payment["latest_charge"]:
            raise Refusal(
                f"This PaymentIntent ({payment['id']}) has no successful charge to refund.",
                code="payment_intent_unexpected_state",
            )
        return self._books.find("charge", payment["latest_charge"])

    def _book(self, kind: str, source: Thing, amount: int, *, fee: int = 0) -> Thing:
        return self._books.add(
            "txn",
            "balance_transaction",
            amount=amount,
            currency="vnd",
            exchange_rate=None,
            fee=fee,
            net=amount - fee,
            source=source["id"],
            status="pending",
            type=kind,
        )

    def _tell(self, kind: str, subject: Thing) -> None:
        self._books.emit(kind, subject, wanted=kind in self.wanted)
