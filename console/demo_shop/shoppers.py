"""Who can be signed in at the demo shop, and the word that its server gives for them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

import jwt
from django.conf import settings

from console.demo_shop.goods import Words

COOKIE = "shopper"
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Shopper:
    """A customer of the shop, as the shop's own database has them."""

    slug: str
    number: str
    name: Words
    email: str
    tier: str


SHOPPERS = (
    Shopper("wang", "LM-C-1001", Words("王芳", "Wang Fang"), "wangfang@customer.example", "gold"),
    Shopper("lin", "LM-C-1002", Words("林强", "Lin Qiang"), "linqiang@customer.example", "basic"),
)


def find_shopper(slug: str) -> Shopper | None:
    """The shopper of a slug, or None."""
    return next((one for one in SHOPPERS if one.slug == slug), None)


def shopper_of(cookies: str) -> Shopper | None:
    """Who the browser's cookie says is signed in. (A real shop has sessions; this one has nothing to lose.)"""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(cookies)
    except CookieError:
        return None
    return find_shopper(jar[COOKIE].value) if COOKIE in jar else None


def cookie_for(shopper: Shopper | None) -> str:
    """What signs in, or out."""
    if shopper is None:
        return f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    return f"{COOKIE}={shopper.slug}; Path=/; HttpOnly; SameSite=Lax"


def signed_identity(shopper: Shopper | None, language: str, site_key: str) -> str:
    """The token that the widget hands on: who is signed in, as docs/profile.md says; nothing for nobody."""
    if shopper is None:
        return ""
    return jwt.encode(
        {
            "aud": site_key,
            "sub": shopper.number,
            "exp": int(time.time()) + SECONDS,
            "jti": str(uuid.uuid4()),
            "name": shopper.name.of(language),
            "email": shopper.email,
            "attributes": {"tier": shopper.tier},
        },
        settings.DEMO_SHOP_KEY,
        algorithm="HS256",
    )
