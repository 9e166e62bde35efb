"""Verbs of the case: send it, decide about it, tell of it, note what the market says."""

from sellers.onboarding.service.card import read_card_photo
from sellers.onboarding.service.case import MyCase, mark_done, my_case, submit
from sellers.onboarding.service.desk import (
    Look,
    decide,
    look,
    number_of,
    pause,
    queue,
    resume,
    take,
)
from sellers.onboarding.service.telling import remind_staff, tell_producer

__all__ = [
    "Look",
    "MyCase",
    "decide",
    "look",
    "mark_done",
    "my_case",
    "number_of",
    "pause",
    "queue",
    "read_card_photo",
    "remind_staff",
    "resume",
    "submit",
    "take",
    "tell_producer",
]
