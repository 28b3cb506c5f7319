"""Every error is answered in one form: `{"error": {"code", "message"}}`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

CODES: Final = {404: "not_found", 405: "method_not_allowed"}
"""Codes of the errors that the framework itself raises; others are named for their status."""


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="a short name for programs, such as `not_found`", examples=["not_found"])
    message: str = Field(description="a sentence for people")


class ErrorBody(BaseModel):
    """The body of every answer from 400 on."""

    error: ErrorDetail


Responses = dict[int | str, dict[str, Any]]
"""What a route's description says of its errors."""
NOT_FOUND: Final[Responses] = {404: {"model": ErrorBody, "description": "There is no such thing."}}
REFUSED: Final[Responses] = {
    **NOT_FOUND,
    409: {"model": ErrorBody, "description": "A rule of the business forbids it; `code` says which."},
}
"""For routes that a rule may forbid."""


class Refused(Exception):
    """A request that is understood and not done: a status, a code for programs, a sentence for people."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def error_answer(status: int, code: str, message: str) -> JSONResponse:
    """The error as an answer."""
    return JSONResponse(ErrorBody(error=ErrorDetail(code=code, message=message)).model_dump(), status)


async def on_refused(request: Request, error: Exception) -> JSONResponse:
    """A trade's rule said no."""
    assert isinstance(error, Refused)  # noqa: S101 - registered for nothing else
    return error_answer(error.status, error.code, error.message)


async def on_invalid(request: Request, error: Exception) -> JSONResponse:
    """Values that do not fit the description: each with its place, none repeated (it may be private)."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    places = (".".join(str(part) for part in one["loc"]) + ": " + one["msg"] for one in error.errors())
    return error_answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "; ".join(places))


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    """Unknown paths, wrong methods, bodies that are no JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101
    code = CODES.get(error.status_code, f"http_{error.status_code}")
    answer = error_answer(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def on_defect(request: Request, error: Exception) -> JSONResponse:
    """A defect of the backend itself; the server logs it."""
    return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "The backend failed.")


def register_errors(app: FastAPI) -> None:
    """Make the application answer every error in this form."""
    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, on_defect)
