"""Every failure leaves as ``{"error": {code, message, advice, details}}``; an unforeseen one leaves no traceback."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from common.errors import AppError, BadInput, NotFound, TooLarge

_log = logging.getLogger("imguard.api")


@web.middleware
async def name_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn exceptions into named errors."""
    try:
        return await handler(request)
    except AppError as error:
        return _answer(error)
    except web.HTTPRequestEntityTooLarge:
        return _answer(TooLarge("The body of the request is too large."))
    except web.HTTPNotFound:
        return _answer(NotFound("The log node has no such address."))
    except web.HTTPException as error:
        return _answer(BadInput(f"The request was refused: {error.reason}."), error.status)
    except Exception:
        _log.exception("request %s %s failed", request.method, request.path)
        return _answer(AppError("The log node failed on this request."))


def _answer(error: AppError, status: int | None = None) -> web.Response:
    if error.status >= 500:
        _log.error("%s: %s", error.code, error)
    return web.json_response({"error": error.as_dict()}, status=status or error.status)
