"""Static files: hash in the name, compressed, joined, and nothing beside them."""

import gzip
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response

from integrations.runtime.pages import Assets


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    upper, own = tmp_path / "upper", tmp_path / "own"
    upper.mkdir()
    own.mkdir()
    (own / "a.css").write_text("a{color:red}" * 100)
    (own / "b.css").write_text("b{}")
    (own / "icons.svg").write_text("<svg/>")
    (own / "c.png").write_bytes(b"\x89PNG")
    (upper / "b.css").write_text("b{color:blue}")
    (tmp_path / "secret.txt").write_text("no")
    return Assets([upper, own])


async def ask(assets: Assets, url: str, method: str = "GET", **headers: str) -> Response:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    async with AsyncClient(transport=ASGITransport(assets.app), base_url="http://x") as client:
        return await client.request(method, url, headers=sent)


async def test_a_hashed_name_is_kept_for_ever_and_sent_compressed(assets: Assets) -> None:
    url = assets.url("a.css")
    answer = await ask(assets, url, accept_encoding="gzip")
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.text == "a{color:red}" * 100
    plain = await ask(assets, url, accept_encoding="identity")
    assert "content-encoding" not in plain.headers and plain.text == answer.text


async def test_an_old_hash_gets_the_file_of_today_but_is_not_kept(assets: Assets) -> None:
    answer = await ask(assets, "/static/a.0123456789ab.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    etag = answer.headers["etag"]
    assert (await ask(assets, "/static/a.css", if_none_match=etag)).status_code == 304


async def test_several_files_travel_as_one_and_upper_floors_win(assets: Assets) -> None:
    url = assets.url("b.css", "a.css")
    assert "/a+b." in url
    answer = await ask(Assets(assets._folders), url)  # another process, which never wrote the page
    assert answer.text.endswith("\nb{color:blue}")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/icons.svg",
        "/static/b+a.css",
        "/static/a+a.css",
        "/static/c+c.png",
        "/static/none.css",
        "/static/../secret.txt",
        "/static/%2e%2e%2fsecret.txt",
        "/static/secret.txt",
        "/static/a.exe",
        "/static/",
    ],
)
async def test_nothing_else_is_served(assets: Assets, path: str) -> None:
    assert (await ask(assets, path)).status_code == 404


async def test_only_reading(assets: Assets) -> None:
    assert (await ask(assets, "/static/a.css", "POST")).status_code == 405
    head = await ask(assets, "/static/a.css", "HEAD")
    assert head.status_code == 200 and head.content == b""


async def test_pictures_are_not_compressed_again(assets: Assets) -> None:
    answer = await ask(assets, assets.url("c.png"), accept_encoding="gzip")
    assert answer.content == b"\x89PNG" and "content-encoding" not in answer.headers


def test_a_name_that_is_not_there_is_an_error_for_the_author(assets: Assets) -> None:
    with pytest.raises(FileNotFoundError):
        assets.url("lost.css")


def test_our_stylesheets_fit_the_budget() -> None:
    own = Path(__file__).parents[2] / "integrations" / "static"
    assert len(gzip.compress((own / "base.css").read_bytes(), 9)) <= 4_096
    assert len(gzip.compress((own / "staff.css").read_bytes(), 9)) <= 2_048
    scripts = b"\n".join(p.read_bytes() for p in sorted(own.glob("*.js")))
    assert len(gzip.compress(scripts, 9)) <= 4_096
