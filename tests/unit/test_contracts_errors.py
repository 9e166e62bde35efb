"""Problems: each has its answer, and a problem can be tied to a field."""

import re
import string

import pytest

from integrations.contracts import errors, ids
from integrations.contracts.errors import Problem


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Problem, 400),
        (errors.NotSignedIn, 401),
        (errors.NotAllowed, 403),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.TooLarge, 413),
        (errors.TooMany, 429),
        (errors.Unavailable, 503),
    ],
)
def test_each_kind_has_its_status(kind: type[Problem], status: int) -> None:
    problem = kind("a.b", "Words {n}", who="us", params={"n": 1}, retry_after_s=3)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.code, str(problem)) == (status, "a.b", "a.b")
    assert problem.message.format(**problem.params) == "Words 1"
    assert (problem.who, problem.field, problem.retry_after_s) == ("us", None, 3)


def test_at_names_the_field_and_keeps_the_kind() -> None:
    problem = errors.Conflict("a.b", "Words").at("price")
    assert isinstance(problem, errors.Conflict)
    assert problem.field == "price"


def test_params_are_a_copy() -> None:
    params = {"n": 1}
    problem = Problem("a.b", "Words", params=params)
    params["n"] = 2
    assert problem.params == {"n": 1}


def test_marking_changes_nothing() -> None:
    assert errors.N_("Words") == "Words"


def test_codes_read_aloud_well() -> None:
    code = ids.short_code(500)
    assert re.fullmatch(f"[{ids.ALPHABET}]{{500}}", code)
    assert len(set(ids.ALPHABET)) == 29
    assert set(ids.ALPHABET) <= set(string.digits + string.ascii_uppercase)
    assert not set("01OILUV") & set(ids.ALPHABET)


def test_ids_sort_by_time() -> None:
    made = [ids.new_id() for _ in range(1_000)]
    assert made == sorted(made) and len(set(made)) == 1_000
    assert {value.version for value in made} == {7}
