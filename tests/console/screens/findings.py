"""What tests of data health read from its page."""

from __future__ import annotations

import csv
import io

from django.test import Client
from django.urls import reverse

from nlu.models import Utterance
from tests.console.screens.shop import Shop


def text(response) -> str:
    return response.content.decode()


def page(client: Client, part: str, **filters: object) -> str:
    return text(client.get(reverse("console:data_health"), {"part": part, **filters}))


def rows_of(client: Client, part: str, **filters: object) -> list[list[str]]:
    response = client.get(reverse("console:data_health"), {"part": part, "format": "csv", **filters})
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))[1:]


def utterance(shop: Shop, words: str) -> Utterance:
    return Utterance.objects.get(workspace=shop.workspace, text=words)


def settled_by(client: Client, shop: Shop, part: str = "conflicts") -> str:
    """Let the only finding of the part stand, as its button does; what the page says then."""
    key = page(client, part).split('name="finding" value="')[1].split('"')[0]
    fix = reverse("console:data_health_fix") + f"?part={part}"
    return text(client.post(fix, {"do": "settle", "finding": key}, follow=True))
