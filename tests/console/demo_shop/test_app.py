"""The demo shop's answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings

from chat.identity import VerifyingKey, read_identity
from chat.packs import PACKS, available, read_pack_head
from console.demo_shop.app import application, preferred_language
from console.demo_shop.goods import GOODS, ORDERS
from console.demo_shop.pages import files
from console.demo_shop.trades import TRADES, Trade
from console.pack_lists import DEMO_PLACES


async def request(
    path: str, *, method: str = "GET", accepted: str = "", cookies: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request through the whole application."""
    sent: list[dict[str, Any]] = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"accept-language", accepted.encode())] if accepted else []
    headers += [(b"cookie", cookies.encode())] if cookies else []
    await application({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["", "orders/", "checkout/", *(f"goods/{one.slug}/" for one in GOODS)])
async def test_every_page_has_the_tag_and_the_shops_own_script(language: str, path: str) -> None:
    """Two files, nothing inline, and a policy that allows nothing else."""
    status, headers, body = await request(f"/{language}/{path}")
    page = body.decode()
    assert status == 200
    identity = f'data-identity="/{language}/identity"'
    tag = f'<script src="{settings.PUBLIC_URL}/widget.js" data-site="demo-shop" {identity} async></script>'
    assert tag in page
    assert '<script src="/files/shop.js" type="module"></script>' in page
    assert page.count("<script") == 2
    assert " style=" not in page
    assert f"script-src 'self' {settings.PUBLIC_URL};" in headers["content-security-policy"] + ";"
    assert f"/{'en' if language == 'zh' else 'zh'}/{path}" in page


@pytest.mark.parametrize(
    "path", ["/fr/", "/zh", "/zh/goods/nothing/", "/zh/../", "/files/../app.py", "/files/app.py", "/zh/orders/1/"]
)
async def test_everything_else_is_not_found(path: str) -> None:
    """404 in words; no file but the shop's own is ever read."""
    status, _headers, body = await request(path)
    assert status == 404
    assert b"<h1>" in body


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.place)
async def test_every_other_trade_has_a_page_with_the_widget_of_its_pack(language: str, trade: Trade) -> None:
    """Its own site's key, numbers that its backend knows, and the way to the console's packs."""
    status, _headers, body = await request(f"/{language}/{trade.place}/")
    page = body.decode()
    assert status == 200
    assert f'data-site="{trade.site_key}"' in page
    assert trade.site_key == read_pack_head(trade.pack).site_key
    assert all(sample.number in page for sample in trade.samples)
    assert f"{settings.PUBLIC_URL}/console/packs/" in page
    assert f"/{language}/{trade.place}/" in (await request(f"/{language}/trades/"))[2].decode()
    told = (PACKS / trade.pack / "conversations" / "en.yaml").read_text(encoding="utf-8")
    assert all(sample.number in told for sample in trade.samples)


def test_every_pack_has_its_place_on_the_demo_site() -> None:
    """The console links the pages that there are."""
    assert {"ecommerce": "", **{trade.pack: f"{trade.place}/" for trade in TRADES}} == DEMO_PLACES
    assert set(DEMO_PLACES) == set(available())


async def test_pictures_of_all_goods() -> None:
    """Each thing sold has its picture, each order a thing sold."""
    for one in GOODS:
        status, headers, body = await request(f"/files/goods/{one.slug}.svg")
        assert (status, headers["content-type"]) == (200, "image/svg+xml")
        assert b"<script" not in body
    assert {order.goods for order in ORDERS} <= {one.slug for one in GOODS}
    assert "/files/shop.css" in files()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "zh"), ("zh-CN,en;q=0.5", "zh"), ("en-GB,zh;q=0.5", "en"), ("fr,en;q=0.5", "en"), ("fr", "zh")],
)
async def test_front_door(accepted: str, language: str) -> None:
    """To the language that the browser prefers; Chinese if it asks for neither."""
    assert preferred_language(accepted) == language
    status, headers, _body = await request("/", accepted=accepted)
    assert (status, headers["location"]) == (302, f"/{language}/")


async def test_methods() -> None:
    """HEAD has the headers alone; nothing can be sent to the shop."""
    status, headers, body = await request("/zh/", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 1_000
    assert (await request("/zh/", method="POST"))[0] == 405


async def test_who_signs_in_is_vouched_for_and_nobody_else() -> None:
    """The word of the shop's server is of its key, short, and for whoever the browser says is signed in."""
    status, headers, _body = await request("/en/sign-in/wang")
    assert (status, headers["location"]) == (302, "/en/")
    cookie = headers["set-cookie"].split(";")[0]
    assert b"Wang Fang" in (await request("/en/", cookies=cookie))[2]
    status, headers, body = await request("/en/identity", cookies=cookie)
    assert (status, headers["cache-control"]) == (200, "no-store")
    now = datetime.now(UTC)
    keys = [VerifyingKey("shop", settings.DEMO_SHOP_KEY)]
    identity = read_identity(body.decode(), keys=keys, site_key="demo-shop", now=now)
    assert (identity.customer, identity.attributes["name"]) == ("LM-C-1001", "Wang Fang")
    again = (await request("/en/identity", cookies=cookie))[2]
    assert again != body
    for nobody in ("", "shopper=nobody", "shopper=", 'x="'):
        assert (await request("/en/identity", cookies=nobody))[2] == b""
    assert "Max-Age=0" in (await request("/en/sign-in/"))[1]["set-cookie"]
