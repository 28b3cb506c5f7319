"""The backend as an ASGI application: the trades behind one door, and the page that describes them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from deploy.demo_backend.door import Door
from deploy.demo_backend.errors import ErrorBody, Responses, register_errors
from deploy.demo_backend.faults import FaultOrder, Faults
from deploy.demo_backend.pages import description_page, style_sheet
from deploy.demo_backend.store import Clock, Moment, StoreHolder
from deploy.demo_backend.trades import find_trades

ERRORS: Final[Responses] = {
    401: {"model": ErrorBody, "description": "The token is missing or wrong."},
    422: {"model": ErrorBody, "description": "A value does not fit the description."},
}
"""What every route may answer beside its own answers."""
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
DESCRIPTION: Final = (
    "What a company's own systems would answer: the scenario packs' flows call it. All data is made up, kept in "
    "memory and placed relative to today. Every path but this page needs `Authorization: Bearer <token>`. A "
    "write with an `Idempotency-Key` may be repeated: the same key and body get the first answer again, the same "
    'key with another body 409. Every error is `{"error": {"code", "message"}}`.'
)


class ResetDone(BaseModel):
    """After a reset."""

    trades: list[str] = Field(description="the trades whose data was placed anew")
    now: Moment = Field(description="the time by the backend's clock")


class FaultsInForce(BaseModel):
    """After an order."""

    path: str
    kind: str
    times: int


class DemoBackend(FastAPI):
    """FastAPI with the door before everything else, so that a dropped connection is not answered by anything."""

    def __init__(self, *, clock: Clock, token: str) -> None:
        if not token:
            raise ValueError("the demo backend needs a token")
        super().__init__(
            title="Demo business backend",
            version="1",
            description=DESCRIPTION,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
        )
        self.faults = Faults()
        self.door = Door(super().__call__, token=token, faults=self.faults)
        self.holders: dict[str, StoreHolder[Any]] = {}
        self._clock = clock
        register_errors(self)
        for name, trade in find_trades().items():
            self.holders[name] = holder = StoreHolder(trade.seed, clock)
            self.include_router(trade.router(holder), prefix=f"/{name}", tags=[name], responses=ERRORS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.door(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The description, which says of every operation that it needs the token."""
        described = super().openapi()
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
        return described

    def reset(self) -> list[str]:
        """All trades as they were first, by what the clock says now; no faults, no stored answers."""
        for holder in self.holders.values():
            holder.reset()
        self.faults.clear()
        self.door.forget()
        return list(self.holders)


def create_app(*, clock: Clock, token: str) -> FastAPI:
    """A backend with data of its own, by a clock of local time; whoever calls it has to send the token."""
    app = DemoBackend(clock=clock, token=token)

    @app.get("/", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(description_page(app.openapi()), headers=HEADERS)

    @app.get("/style.css", include_in_schema=False)
    async def style() -> Response:
        return Response(style_sheet(), media_type="text/css", headers=HEADERS)

    @app.get("/healthz", include_in_schema=False)
    async def alive() -> Response:
        return Response("ok", media_type="text/plain")

    @app.post("/demo/reset", tags=["demo"], summary="Bring back the first state", responses=ERRORS)
    async def reset() -> ResetDone:
        """Places all data anew by the clock and forgets faults and idempotency keys."""
        return ResetDone(trades=app.reset(), now=clock())

    @app.post(
        "/demo/fault", tags=["demo"], summary="Order a failure", status_code=HTTPStatus.CREATED, responses=ERRORS
    )
    async def fault(order: FaultOrder) -> FaultsInForce:
        """The next requests under a path go wrong, as if a business system failed."""
        app.faults.add(order)
        return FaultsInForce(path=order.path, kind=order.kind, times=order.times)

    return app
