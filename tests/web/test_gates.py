"""Who may send what: other sites, other hosts, proxies, sizes, headers of every answer."""

import itertools
from collections.abc import AsyncIterator

import httpx
import pytest

from integrations.runtime.web.gates.origin import networks
from tests.web.kit import an_app, calling

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
HERE = "https://shop.example"
THERE = "https://evil.example"

Sent = dict[str, str]
BY_SITE = "Sec-Fetch-Site"
COOKIE = {"Cookie": "ganh=token"}

# What a browser or program says of itself, and whether it passes.
MATRIX: list[tuple[Sent, bool]] = [
    ({BY_SITE: "same-origin", **COOKIE}, True),
    # The browser's own word cannot be forged by a page, so it comes first.
    ({BY_SITE: "same-origin", "Origin": THERE, **COOKIE}, True),
    ({BY_SITE: "none", **COOKIE}, True),
    ({BY_SITE: "same-site", "Origin": HERE, **COOKIE}, False),
    ({BY_SITE: "cross-site", **COOKIE}, False),
    ({BY_SITE: "cross-site", "Origin": HERE, "Referer": HERE}, False),
    ({BY_SITE: "", **COOKIE}, False),
    ({BY_SITE: "nonsense", "Origin": HERE, **COOKIE}, False),
    ({"Origin": HERE, **COOKIE}, True),
    ({"Origin": "https://SHOP.example", **COOKIE}, True),
    ({"Origin": THERE, "Referer": HERE, **COOKIE}, False),
    ({"Origin": THERE}, False),
    ({"Origin": "null", **COOKIE}, False),
    ({"Origin": "https://shop.example.evil.example", **COOKIE}, False),
    ({"Origin": "https://shop.example:8443", **COOKIE}, False),
    ({"Origin": "https://[shop", **COOKIE}, False),
    ({"Referer": f"{HERE}/producer/goods", **COOKIE}, True),
    ({"Referer": f"{THERE}/{HERE}", **COOKIE}, False),
    ({"Referer": "https://shop.example@evil.example/", **COOKIE}, False),
    (COOKIE, False),
    ({}, True),
]


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(("sent", "passes"), MATRIX, ids=str)
async def test_requests_of_other_sites_are_refused(method: str, sent: Sent, passes: bool) -> None:
    async with calling(an_app()) as client:
        answer = await client.request(method, "/api/things", headers=sent)
        bearer = {**sent, "Authorization": "Bearer token"}
        signed_in = await client.request(method, "/api/things", headers=bearer)
        hook = await client.request(method, "/hooks/bank", headers=sent)
    refused = answer.status_code == 403 and answer.json()["code"] == "request.cross_site"
    assert refused is not passes
    assert signed_in.status_code != 403
    assert hook.status_code != 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_looking_is_free_for_everybody(method: str) -> None:
    async with calling(an_app(), Cookie="ganh=token") as client:
        answer = await client.request(method, "/page", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code != 403


async def test_a_browser_reads_the_refusal_as_a_page() -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
    async with calling(an_app(), **headers) as client:
        answer = await client.post("/form", data={"name": "x"})
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "trang khác" in answer.text


@pytest.mark.parametrize(
    ("host", "local", "passes"),
    [
        ("shop.example", False, True),
        ("SHOP.example", False, True),
        ("evil.example", False, False),
        ("shop.example.evil.example", False, False),
        ("shop.example:8443", False, False),
        ("127.0.0.1", False, False),
        ("localhost:8000", False, False),
        ("shop.example", True, True),
        ("localhost:8000", True, True),
        ("ganh.localhost", True, True),
        ("may-nha.local:8000", True, True),
        ("127.0.0.1:8000", True, True),
        ("[::1]:8000", True, True),
        ("192.168.1.20:8000", True, True),
        ("8.8.8.8", True, False),
        ("evil.example", True, False),
        ("localhost.evil.example", True, False),
    ],
)
async def test_only_our_own_hosts_are_answered(host: str, local: bool, passes: bool) -> None:
    app = an_app(local=local)
    async with calling(app) as client:
        answer = await client.get("/page", headers={"Host": host})
        health = await client.get("/healthz", headers={"Host": host})
    assert answer.status_code == (200 if passes else 400)
    assert health.status_code == 404  # this application has none, and the host is not looked at
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("hosts", [[], ["shop.example", "evil.example"], [""], ["a b"], ["a/b"]])
async def test_no_host_or_two_are_refused(hosts: list[str]) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        yield b""

    async with calling(an_app()) as client:
        request = client.build_request("GET", "/page")
        others = [(k, v) for k, v in request.headers.raw if k.lower() != b"host"]
        raw = httpx.Headers([*others, *((b"host", host.encode()) for host in hosts)])
        answer = await client.send(httpx.Request("GET", request.url, headers=raw))
    # httpx itself adds a Host where there is none.
    assert answer.status_code == (200 if hosts == [] else 400)


@pytest.mark.parametrize(
    ("peer", "proxies", "said", "client"),
    [
        ("203.0.113.9", "", "1.2.3.4", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.0/8", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.2", "10.0.0.0/8", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.2", "10.0.0.0/8", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.2", "10.0.0.0/8", "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        ("10.0.0.2", "10.0.0.0/8", "10.0.0.7", "10.0.0.7"),
        ("10.0.0.2", "10.0.0.0/8", "1.2.3.4, nonsense", "10.0.0.2"),
        ("10.0.0.2", "10.0.0.0/8", "", "10.0.0.2"),
        ("10.0.0.2", "10.0.0.2", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.2", "10.0.0.0/8", "1.2.3.4", "1.2.3.4"),
        ("2001:db8:1::5", "2001:db8:1::/64, 10.0.0.1", "1.2.3.4", "1.2.3.4"),
    ],
)
async def test_only_trusted_proxies_are_believed(
    peer: str, proxies: str, said: str, client: str
) -> None:
    headers = {"X-Forwarded-For": said, "X-Forwarded-Proto": "http"}
    async with calling(an_app(proxies=proxies), peer=peer, **headers) as calls:
        seen = (await calls.get("/page")).json()
    believed = client != peer or said == ""
    assert seen["client"] == client
    if believed and said:
        assert seen["scheme"] == "http"
    if client == "203.0.113.9":
        assert seen["scheme"] == "https"


def test_a_proxy_that_is_no_address_is_refused_at_the_start() -> None:
    assert networks("") == ()
    assert len(networks("10.0.0.1, 10.1.0.0/16,")) == 2
    for wrong in ("proxy.example", "10.0.0.1/8", "10.0.0.300"):
        with pytest.raises(ValueError):
            networks(wrong)


@pytest.mark.parametrize(
    ("address", "limit"),
    [("/form", 10_000), ("/hooks/bank", 10_000), ("/api/hooks/bank", 1_000), ("/photos", 50_000)],
)
@pytest.mark.parametrize("said", [True, False])
async def test_a_body_has_a_bound(address: str, limit: int, said: bool) -> None:
    """With a Content-Length, and without one, in chunks."""

    async def chunks(length: int) -> AsyncIterator[bytes]:
        for start in range(0, length, 500):
            yield fields(length)[start : start + 500]

    def fields(length: int) -> bytes:
        return (b"a=" + b"x" * 497 + b"&") * (length // 500) + b"&" * (length % 500)

    async with calling(an_app(), Accept="text/html") as client:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        for length, refused in ((limit, False), (limit + 1, True), (limit * 5, True)):
            body = fields(length) if said else chunks(length)
            answer = await client.post(address, content=body, headers=kind)
            assert (answer.status_code == 413) is refused
            if refused:
                assert answer.headers["Connection"] == "close"
                assert "quá lớn" in answer.text
                is_json = address.startswith(("/api/", "/hooks/"))
                kinds = ("text/html", "application/problem+json")
                assert answer.headers["Content-Type"].startswith(kinds[is_json])


@pytest.mark.parametrize("length", ["-1", "1e3", "ten", "9" * 40, "٣"])
async def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    async with calling(an_app()) as client:
        answer = await client.post(
            "/form", content=b"name=x", headers={b"Content-Length": length.encode()}
        )
    assert answer.status_code == 413


async def test_text_beside_a_photo_is_bounded_too() -> None:
    photo = {"photo": ("a.jpg", b"x" * 30_000, "image/jpeg")}
    async with calling(an_app()) as client:
        good = await client.post("/photos", files=photo, data={"name": "x" * 900})
        long = await client.post("/photos", files=photo, data={"name": "x" * 1_100})
        cut = await client.post(
            "/photos", content=b"--b\r\n", headers={"Content-Type": "multipart/form-data"}
        )
    assert good.json() == {"bytes": 30_000, "name": 900}
    assert long.status_code == cut.status_code == 400


@pytest.mark.parametrize("https", [True, False])
async def test_every_answer_says_what_it_may_be_used_for(https: bool) -> None:
    def fault() -> BaseException:
        return RuntimeError("x")

    addresses = ("/page", "/nowhere", "/breaks", "/api/breaks", "/things/x", "/mine")
    accepts = ("text/html", "application/json")
    async with calling(an_app(fault=fault, https=https)) as client:
        answers = [
            await client.get(address, headers={"Accept": accept})
            for address, accept in itertools.product(addresses, accepts)
        ]
        answers.append(await client.post("/form", headers={"Sec-Fetch-Site": "cross-site"}))
        answers.append(await client.post("/form", content=b"x" * 20_000))
        answers.append(await client.get("/page", headers={"Host": "evil.example"}))
    for answer in answers:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "same-origin"
        assert ("Strict-Transport-Security" in headers) is https
        assert headers["X-Request-Id"]
        if answer.status_code >= 300:
            assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-123456", True), ("<script>", False), ("a" * 41, False), ("", False)]
)
async def test_a_request_id_is_kept_when_it_is_well_formed(given: str, kept: bool) -> None:
    async with calling(an_app()) as client:
        answer = await client.get("/page", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is kept


@pytest.mark.parametrize("path", ["//evil.example/page/", "/page//evil.example", "/\\evil.example"])
async def test_no_address_leads_to_another_host(path: str) -> None:
    async with calling(an_app(), Accept="text/html") as client:
        answer = await client.get(f"{HERE}{path}")
    location = httpx.URL(answer.headers.get("Location", HERE))
    assert location.host in ("", "shop.example")
