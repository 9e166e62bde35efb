"""Fields that two people change at once: merged, asked about, and nothing typed is lost."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from market.catalog.rules import Allergen, Category, StorageWay
from market.listing.rules.filling import EMPTY
from market.listing.rules.merge import (
    Verdict,
    Written,
    after_questions,
    chosen,
    decide,
    last_seen,
    plain,
    stood_since,
    unanswered,
)
from market.listing.rules.said import said
from market.listing.rules.templates import templates
from market.listing.schemas import FACTS, read

CU_DO = templates()["cu-do"]
VALUES: dict[str, Any] = {
    **plain(dict(EMPTY)),
    "name": "Quà quê",
    "price_vnd": None,
    "available": 0,
    "template_code": "",
    "template_chosen": False,
}


@dataclass(frozen=True)
class Asked:
    """A question as the server keeps it."""

    source: str
    other: str
    base_revision: int
    waiting: bool = True
    answered: bool = False


@dataclass
class Server:
    """Goods of one field that matters, as the verbs keep them."""

    about: str = "name"
    values: dict[str, Any] = field(default_factory=lambda: dict(VALUES))
    log: list[Written] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    own: frozenset[str] = frozenset()

    @property
    def revision(self) -> int:
        return 1 + len(self.log)

    def write(self, source: str, value: Any, *, typed: bool = True) -> None:
        was = self.values[self.about]
        self.log.append(Written(self.revision + 1, source, self.about, was))
        self.values[self.about] = value
        self.own |= {self.about} if typed else frozenset()

    def send(self, source: str, base: int, mine: Any) -> Verdict:
        later = [one for one in self.log if one.revision > base]
        stood = stood_since(self.values, later)
        found = decide(mine, stood, source=source, field=self.about, own=self.own)
        verdict = after_questions(found, str(mine), self.asked, source=source, base=base)
        if verdict is Verdict.TAKE:
            self.write(source, mine)
        elif verdict is not Verdict.LEAVE:
            self.asked = [
                replace(one, waiting=one.waiting and one.source != source) for one in self.asked
            ]
        if verdict is Verdict.ASK:
            self.asked.append(Asked(source, str(mine), base))
        return verdict

    @property
    def open(self) -> set[str]:
        """The texts that somebody still has to choose about."""
        return {a.other for a in self.asked if a.waiting} - {str(self.values[self.about])}


texts = st.sampled_from(["Cam", "Bưởi", "Mít", "Ổi"])
phones = st.sampled_from(["phone-a", "phone-b"])


@given(st.lists(st.tuples(phones, texts), max_size=12), st.booleans(), st.booleans())
def test_two_phones_in_any_order_end_with_one_of_their_texts_and_lose_none(
    sent: list[tuple[str, str]], b_first: bool, knows_base: bool
) -> None:
    """Every answer is lost: each phone sends on from what it had seen before it went offline."""
    server = Server()
    base = server.revision if knows_base else 0
    last = dict(sent)
    for phone, text in [*sent, *sorted(last.items(), reverse=b_first)]:
        server.send(phone, base, text)
    assert {str(server.values["name"])} | server.open == (set(last.values()) or {"Quà quê"})
    kept = {str(one.was) for one in server.log} | {one.other for one in server.asked}
    assert {text for _, text in sent} <= kept | {server.values["name"]}


@given(texts, texts, st.booleans())
def test_only_what_both_typed_differently_is_asked(a: str, b: str, b_first: bool) -> None:
    typed = sorted([("phone-a", a), ("phone-b", b)], reverse=b_first)
    server = Server()
    base = server.revision
    for phone, text in typed:
        server.send(phone, base, text)
        server.send(phone, server.revision, server.values["name"])  # what the answer showed
    assert server.values["name"] == typed[0][1]
    assert server.open == ({typed[1][1]} if a != b else set())


@given(st.lists(texts, min_size=1, max_size=6))
def test_a_phone_alone_is_never_asked_and_its_last_word_stands(typed: list[str]) -> None:
    server = Server()
    base = server.revision
    for text in [*typed, typed[-1]]:
        assert server.send("phone-a", base, text) is not Verdict.ASK
    assert (server.values["name"], server.open) == (typed[-1], set())
    server.send("phone-a", base, "Quà quê")  # typed back by hand
    assert server.values["name"] == "Quà quê"


def test_a_field_as_it_was_shown_is_not_typed() -> None:
    server = Server()
    server.write("form-1", "Cam")
    assert server.send("old-tab", 1, "Quà quê") is Verdict.LEAVE
    assert server.values["name"] == "Cam"


def test_a_change_that_was_taken_back_is_no_other_text() -> None:
    server = Server()
    server.write("form-1", "Cam")
    server.write("form-1", "Quà quê")
    assert server.send("phone-a", 1, "Mít") is Verdict.TAKE


def test_what_a_type_filled_in_gives_way_to_what_is_typed() -> None:
    server = Server(about="description")
    server.values["template_code"] = "cu-do"
    server.write("form-1", CU_DO.about(), typed=False)
    assert server.send("phone-a", 1, "Nấu từ sáng sớm.") is Verdict.TAKE
    assert server.send("phone-b", 1, "Của nhà làm.") is Verdict.ASK


def test_a_new_name_that_fills_a_field_makes_no_typed_word_of_its_sender() -> None:
    """The name was sent, the answer was lost: the empty field of the old form is no wish."""
    server = Server(about="weight_g")
    server.values["template_code"] = "cu-do"
    server.write("phone-a", CU_DO.weight_g, typed=False)
    assert server.send("phone-a", 1, None) is Verdict.LEAVE
    assert server.values["weight_g"] == CU_DO.weight_g


def test_an_answered_question_is_not_asked_again_by_a_late_repeat() -> None:
    server = Server()
    server.write("form-1", "Cam")
    assert server.send("phone-a", 1, "Mít") is Verdict.ASK
    server.asked = [
        replace(one, waiting=False, answered=True) for one in server.asked
    ]  # "Cam" was kept
    assert server.send("phone-a", 1, "Mít") is Verdict.LEAVE
    assert server.send("phone-a", server.revision, "Mít") is Verdict.TAKE  # typed anew


def test_who_was_asked_about_and_types_on_stays_one_side_of_the_question() -> None:
    server = Server()
    server.write("form-1", "Cam")
    server.send("phone-a", 1, "Mít")
    assert server.send("phone-a", server.revision, "Mít mật") is Verdict.ASK
    assert (server.values["name"], server.open) == ("Cam", {"Mít mật"})


def test_who_goes_back_before_hearing_of_the_question_is_asked_about_no_more() -> None:
    server = Server()
    server.write("form-1", "Cam")
    server.send("phone-a", 1, "Mít")
    assert server.send("phone-a", 1, "Quà quê") is Verdict.WITHDRAW
    assert (server.values["name"], server.open) == ("Cam", set())


def test_a_third_text_waits_behind_the_second() -> None:
    server = Server()
    server.write("form-1", "Cam")
    server.send("phone-a", 1, "Mít")
    server.send("phone-b", 1, "Ổi")
    assert (server.values["name"], server.open) == ("Cam", {"Mít", "Ổi"})


def test_what_stood_since_the_base_is_rebuilt_from_the_history() -> None:
    now = {**VALUES, "name": "Cu đơ", "template_code": "cu-do", "weight_g": 300}
    later = [
        Written(3, "form-1", "name", "Quà quê"),
        Written(3, "form-1", "template_code", ""),
        Written(3, "form-1", "weight_g", None),
        Written(5, "phone-a", "name", "Cu đơ gừng"),
    ]
    stood = stood_since(now, later)
    assert [(one.source, one.values["name"], one.values["weight_g"]) for one in stood] == [
        ("", "Quà quê", None),
        ("form-1", "Cu đơ gừng", 300),
        ("phone-a", "Cu đơ", 300),
    ]
    assert "weight_g" in stood[1].filled and "description" in stood[1].filled
    assert last_seen(stood, "form-1", "name") == "Cu đơ gừng"
    assert last_seen(stood, "nobody", "name") == "Quà quê"


@pytest.mark.parametrize(
    ("code", "by_hand", "choice"),
    [("buoi", False, ""), ("buoi", True, "buoi"), ("", True, "none"), ("", False, "")],
)
def test_the_choice_of_a_type_is_one_word(code: str, by_hand: bool, choice: str) -> None:
    assert chosen(code, by_hand) == choice
    now = {**VALUES, "template_code": code, "template_chosen": by_hand}
    assert stood_since(now, [])[0].values["template"] == choice


FULL: dict[str, Any] = {
    "category": str(Category.FRUIT),
    "weight": 1_234,
    "size": (180, 175, 50),
    "keeps": 365,
    "storage": str(StorageWay.AIRY),
    "allergens": (str(Allergen.EGGS), str(Allergen.NUTS)),
    "age": 18,
    "content": (500, "ml"),
    "gtin": "8934563138165",
    "minimum": 5,
    "reach": "province",
    "season": "--08-15/--11-30",
    "preorder": True,
    "name_en": "Fish sauce",
    "description_en": "Aged for a year.\nNothing added.",
}


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_read_as_it_is_said(name: str) -> None:
    """A question keeps texts: what is chosen later must be what was typed."""
    fact, _, empty = FACTS[name]
    for value in (FULL[name], empty):
        changes, problems = read({name: said(name, value)})
        assert (problems, changes.facts) == ([], {fact: value})


@pytest.mark.parametrize("amount_vnd", [1_000, 45_000, 1_900_000])
def test_a_price_is_read_as_it_is_said(amount_vnd: int) -> None:
    assert read({"price": said("price", amount_vnd)})[0].price_vnd == amount_vnd


def test_an_open_question_is_a_problem_at_its_field() -> None:
    problem = unanswered("weight")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.field) == ("listing.question", "weight")
