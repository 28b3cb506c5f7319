"""JSON from outside, whatever it is: malformed, too deep or too large input is refused, never an error of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.status import HTTP_413_REQUEST_ENTITY_TOO_LARGE

MAX_BYTES = 64 * 1024
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class TooLarge(APIException):
    """The body has more bytes than any request of this interface needs."""

    status_code = HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class StrictJSONParser(BaseParser):
    """UTF-8 whatever the header says, at most 64 KiB, no NaN, no Infinity, no half characters."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value; ParseError if the body is not JSON, TooLarge if it is too long."""
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge(_("The request has more than %(count)d bytes.") % {"count": MAX_BYTES})
        try:
            value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
            if _SURROGATE.search(body):
                # Half of a pair is no character: neither the database nor an answer could hold it.
                json.dumps(value, ensure_ascii=False).encode("utf-8")
            return value
        except (ValueError, RecursionError):
            raise ParseError(_("The request is not JSON.")) from None
