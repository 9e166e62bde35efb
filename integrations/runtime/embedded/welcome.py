"""The last lines of a start: where to go, and with which numbers to sign in."""

from integrations.contracts.errors import N_
from integrations.runtime.embedded.console import put, say


def welcome(url: str, *, producer_phone: str, staff_phone: str, home: str) -> None:
    """Print the addresses and the two ready sign-ins, in both languages."""
    put("")
    say(N_("Gánh is running. The shop: {url}"), url=url)
    say(N_("To sell: {url}/sign-in with {phone}"), url=url, phone=producer_phone)
    say(N_("To review: {url}/sign-in with {phone}"), url=url, phone=staff_phone)
    say(N_("Sign-in codes appear here and on {url}/dev/messages"), url=url)
    say(N_("Ctrl-C stops everything. All data stays in {home}"), home=home)
    put("")
