"""The three parts of the stand-in together, as its routes reach them."""

from dataclasses import dataclass

from starlette.requests import Request

from integrations.payments.stripe.standin.books import Books
from integrations.payments.stripe.standin.money import Till
from integrations.payments.stripe.standin.notices import Postman


@dataclass(frozen=True, slots=True)
class Desk:
    """Books, what changes them, and who tells of it."""

    books: Books
    till: Till
    postman: Postman

    def changed(self) -> None:
        """Keep it, and let the notices go."""
        self.books.save()
        self.postman.wake()


def desk_of(request: Request) -> Desk:
    """The desk of the app that this request reached."""
    desk: Desk = request.app.state.desk
    return desk
