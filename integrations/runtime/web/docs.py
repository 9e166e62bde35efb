"""The API's documentation: a complete OpenAPI document, and a page made from it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from integrations.runtime.web.problems import MEDIA_TYPE, ProblemBody, declared
from integrations.runtime.web.state import Pages

Json = dict[str, Any]

_METHODS: Final = ("get", "post", "put", "patch", "delete", "options")
_REF: Final = "#/components/schemas/"
# What FastAPI would say of its own refusals, which never leave here.
_NOT_OURS: Final = ("HTTPValidationError", "ValidationError")

router = APIRouter()


@router.get("/docs", include_in_schema=False)
async def docs(request: Request, pages: Pages) -> Response:
    """Every operation and every shape, for a person."""
    document = request.app.openapi()
    context = {
        "info": document["info"],
        "server": document["servers"][0]["url"],
        "groups": list(_groups(document)),
        "shapes": list(_shapes(document)),
        "refusal": ProblemBody.__name__,
    }
    return pages.render(request, "docs.html", context, public_for_s=300)


def describe(app: FastAPI, *, about: str, tags: Mapping[str, str], server_url: str) -> None:
    """Let the application's OpenAPI document say everything, once it is asked for.

    `tags`: what each group of operations is for, in the order to show them. Every operation gets
    its refusals as `application/problem+json`: 400 where something is sent, 404 where the path
    holds an id, 413 where there is a body, and the same shape for any other.
    """

    def openapi() -> Json:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=about,
                routes=app.routes,
                tags=[{"name": name, "description": text} for name, text in tags.items()],
                servers=[{"url": server_url}],
            )
            app.openapi_schema = _completed(document)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: Json) -> Json:
    components = document.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemBody.model_json_schema(ref_template=_REF + "{model}")
    components.update(problem.pop("$defs", {}))
    components["ProblemBody"] = problem
    for name in _NOT_OURS:
        components.pop(name, None)
    for path, _, operation in operations(document):
        operation["tags"] = [tag[:1].upper() + tag[1:] for tag in operation.get("tags", ())]
        _complete_refusals(path, operation)
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method and operation, one by one."""
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield path, method, methods[method]


def _complete_refusals(path: str, operation: Json) -> None:
    answers: Json = operation["responses"]
    answers.pop("422", None)
    implied = {400} if operation.get("parameters") else set()
    implied |= {400, 413} if "requestBody" in operation else set()
    implied |= {404} if "{" in path else set()
    shapes = declared(*implied, *(int(s) for s in answers if s.isdecimal() and int(s) >= 400))
    for status, shape in sorted(shapes.items(), key=lambda item: int(item[0])):
        said = answers.pop(str(status), {}).get("description", shape["description"])
        answers[str(status)] = {"description": said, "content": shape["content"]}
    answers["default"] = {
        "description": "Any other refusal, of the same shape",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF + "ProblemBody"}}},
    }


def example_of(schema: Json, components: Json) -> Any:
    """An example that the schema holds itself or puts together from its fields; else None."""
    schema = components[_name(schema["$ref"])] if "$ref" in schema else schema
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "properties" in schema:
        made = {k: example_of(v, components) for k, v in schema["properties"].items()}
        needed = schema.get("required", ())
        return made if all(made[name] is not None for name in needed) else None
    if schema.get("type") == "array" and "items" in schema:
        inner = example_of(schema["items"], components)
        return None if inner is None else [inner]
    for one in schema.get("anyOf", ()):
        if (found := example_of(one, components)) is not None:
            return found
    return None


def _groups(document: Json) -> Iterator[Json]:
    """Operations by tag, in the order of the tags."""
    found: dict[str, list[Json]] = {tag["name"]: [] for tag in document.get("tags", ())}
    for path, method, operation in operations(document):
        tag = next(iter(operation["tags"]), "")
        shown = _operation(path, method, operation, document["components"]["schemas"])
        found.setdefault(tag, []).append(shown)
    words = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    for name, inside in found.items():
        if inside:
            yield {"name": name, "about": words.get(name, ""), "operations": inside}


def _operation(path: str, method: str, operation: Json, components: Json) -> Json:
    bodies = operation.get("requestBody", {}).get("content", {})
    sent: tuple[str, Json] = next(iter(bodies.items()), ("", {}))
    media, body = sent
    example = (body.get("example") or example_of(body["schema"], components)) if body else None
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "about": operation.get("description", ""),
        "needs_token": bool(operation.get("security")),
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "needed": one.get("required", False),
                "about": one.get("description") or one["schema"].get("description", ""),
                **_kind(one["schema"]),
            }
            for one in operation.get("parameters", ())
        ],
        "body": {"media": media, **_kind(body["schema"])} if body else None,
        "example": json.dumps(example, indent=2, ensure_ascii=False) if example else None,
        "answers": [
            {"status": status, "about": answer["description"], **_kind(_answered(answer))}
            for status, answer in operation["responses"].items()
        ],
    }


def _answered(answer: Json) -> Json:
    content: Json = next(iter(answer.get("content", {}).values()), {})
    schema: Json = content.get("schema", {})
    return schema


def _shapes(document: Json) -> Iterator[Json]:
    components: Json = document["components"]["schemas"]
    for name, schema in sorted(components.items()):
        needed = schema.get("required", ())
        fields = [
            {
                "name": field,
                "needed": field in needed,
                "about": inner.get("description", ""),
                **_kind(inner),
            }
            for field, inner in schema.get("properties", {}).items()
        ]
        about = schema.get("description", "")
        yield {"name": name, "about": about, "fields": fields, **_kind(schema)}


_BOUNDS: Final = {
    "minLength": "≥ {} characters",
    "maxLength": "≤ {} characters",
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "minItems": "≥ {} items",
    "maxItems": "≤ {} items",
}


def _kind(schema: Json) -> Json:
    """`kind`: the type in words of JSON Schema; `shape`: the shape that it names, if any."""
    if "$ref" in schema:
        return {"kind": _name(schema["$ref"]), "shape": _name(schema["$ref"])}
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        kinds = [_kind(one) for one in choices]
        shape = next((one["shape"] for one in kinds if one["shape"]), None)
        return {"kind": " | ".join(one["kind"] for one in kinds), "shape": shape}
    if schema.get("type") == "array":
        inner = _kind(schema.get("items", {}))
        return {"kind": f"array of {inner['kind']}", "shape": inner["shape"]}
    words = [str(schema.get("format") or schema.get("type") or "")]
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        words = [", ".join(json.dumps(one, ensure_ascii=False) for one in values)]
    words += [text.format(schema[key]) for key, text in _BOUNDS.items() if key in schema]
    return {"kind": ", ".join(words), "shape": None}


def _name(ref: str) -> str:
    return ref.rpartition("/")[2]
