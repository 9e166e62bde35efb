"""The OpenAPI document says everything; the page made from it needs nobody else."""

import re
from collections import Counter
from typing import Any

import pytest

from integrations.runtime.web.docs import example_of, operations
from tests.kit.stack import Stack

Json = dict[str, Any]


@pytest.fixture(scope="session")
def document(stack: Stack) -> Json:
    """The document of the application as it stands."""
    found: Json = stack.app.openapi()
    return found


def none(faults: list[str]) -> None:
    """No fault, or all of them at once."""
    assert not faults, "\n".join(faults)


def test_the_service_is_described(document: Json) -> None:
    assert document["info"]["title"] == "Gánh"
    assert len(document["info"]["description"]) > 100
    assert document["info"]["version"]
    assert document["servers"][0]["url"].startswith("http")
    schemes = document["components"]["securitySchemes"].values()
    assert any(one["type"] == "http" and one["scheme"] == "bearer" for one in schemes)


def test_every_operation_says_what_it_is(document: Json) -> None:
    known = {tag["name"] for tag in document["tags"] if tag["description"]}
    faults = []
    for path, method, operation in operations(document):
        where = f"{method.upper()} {path}"
        if len(operation.get("tags", ())) != 1:
            faults.append(f"{where}: one tag, please")
        faults += [
            f"{where}: add the tag {tag!r} to TAGS in market/app.py"
            for tag in operation.get("tags", ())
            if tag not in known
        ]
        if not operation.get("summary"):
            faults.append(f"{where}: no summary")
        if not re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]):
            faults.append(f"{where}: operation_id {operation['operationId']!r}, please snake_case")
    none(faults)


def test_operation_ids_are_unique(document: Json) -> None:
    counts = Counter(operation["operationId"] for _, _, operation in operations(document))
    none([f"{name} stands {times} times" for name, times in counts.items() if times > 1])


def test_every_refusal_is_documented_with_its_shape(document: Json) -> None:
    faults = []
    for path, method, operation in operations(document):
        refusals = {
            status: answer
            for status, answer in operation["responses"].items()
            if status == "default" or int(status) >= 400
        }
        if "{" in path and "404" not in refusals:
            faults.append(f"{method.upper()} {path}: 404 is not documented")
        if operation.get("security") and "401" not in refusals:
            faults.append(f"{method.upper()} {path}: 401 is not documented")
        for status, answer in refusals.items():
            shape = answer["content"].get("application/problem+json", {}).get("schema", {})
            if shape.get("$ref") != "#/components/schemas/ProblemBody":
                faults.append(f"{method.upper()} {path}: {status} is not a ProblemBody")
    none(faults)
    assert "HTTPValidationError" not in str(document)


def test_every_answer_has_a_shape(document: Json) -> None:
    faults = []
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status in ("default", "204", "304") or int(status) >= 300:
                continue
            schemas = [content["schema"] for content in answer.get("content", {}).values()]
            if not schemas or any(schema == {} for schema in schemas):
                faults.append(f"{method.upper()} {path}: {status} has no response_model")
    none(faults)


def test_every_body_has_an_example(document: Json) -> None:
    """In the schema (`json_schema_extra={"example": …}`) or made from its fields' examples."""
    components, faults = document["components"]["schemas"], []
    for path, method, operation in operations(document):
        for media, body in operation.get("requestBody", {}).get("content", {}).items():
            if media == "multipart/form-data" or "example" in body or "examples" in body:
                continue
            if example_of(body["schema"], components) is None:
                faults.append(f"{method.upper()} {path}: no example of its body")
    none(faults)


def test_every_reference_leads_somewhere(document: Json) -> None:
    known = set(document["components"]["schemas"])
    named = set(re.findall(r"#/components/schemas/([\w.-]+)", str(document)))
    assert named <= known
    assert {"ProblemBody", "FieldProblem"} <= known


async def test_the_page_shows_every_operation_and_asks_nobody_else(
    stack: Stack, document: Json
) -> None:
    async with stack.client() as client:
        page = await client.get("/docs")
        english = await client.get("/docs", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    for _, _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page.text
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page.text
    loaded = re.findall(r'(?:src|action)="([^"]+)"|<link[^>]+href="([^"]+)"', page.text)
    assert all(("".join(found)).startswith("/static/") for found in loaded)
    assert "<script" not in page.text and "style=" not in page.text
    links = set(re.findall(r'href="#([^"]+)"', page.text))
    assert links <= set(re.findall(r'id="([^"]+)"', page.text))
    assert "Giao diện lập trình" in page.text and "Programming interface" in english.text
