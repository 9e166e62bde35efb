"""Verbs of accounts: codes to phones, signing in and out, lent roles, closed accounts."""

from sellers.accounts.service.codes import check_code, code_was_made, make_code, use_up
from sellers.accounts.service.people import (
    about_me,
    disable_person,
    end_own_session,
    my_sessions,
    say_name,
    speak,
)
from sellers.accounts.service.sign_in import (
    Choice,
    DoorsOf,
    Entered,
    choose,
    doors_for,
    enter,
    sign_out,
)
from sellers.accounts.service.staff import (
    Ended,
    Lent,
    close_person,
    end_role,
    lend_role,
    staff_list,
)
from sellers.accounts.service.tickets import PhoneTicket, read_phone_ticket, write_phone_ticket

__all__ = [
    "Choice",
    "DoorsOf",
    "Ended",
    "Entered",
    "Lent",
    "PhoneTicket",
    "about_me",
    "check_code",
    "choose",
    "close_person",
    "code_was_made",
    "disable_person",
    "doors_for",
    "end_own_session",
    "end_role",
    "enter",
    "lend_role",
    "make_code",
    "my_sessions",
    "read_phone_ticket",
    "say_name",
    "sign_out",
    "speak",
    "staff_list",
    "use_up",
    "write_phone_ticket",
]
