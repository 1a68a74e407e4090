"""The token endpoint of a service account for Vertex AI.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest. The private key belongs to whoever
writes the credentials file, so the assertion's signature cannot be verified here; everything that it says is.
"""

from __future__ import annotations

import time
from urllib.parse import parse_qs

from aiohttp import web
from google.auth import jwt

from .credentials import SERVICE_ACCOUNT, VERTEX_TOKEN
from .exchange import Exchange, Refused, refuse
from .shape import Problem
from .wire import whole

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


async def token(exchange: Exchange) -> web.StreamResponse:
    """Exchange an assertion for the access token."""
    form = {k: v[0] for k, v in parse_qs(exchange.body.decode()).items()}
    if form.get("grant_type") != _GRANT:
        raise Refused([Problem("/grant_type", f"must be {_GRANT}")])
    try:
        header, claims = jwt.decode_header(form.get("assertion", "")), jwt.decode(form.get("assertion", ""), verify=False)
    except ValueError as e:
        raise Refused([Problem("/assertion", str(e))]) from e
    good = {
        "alg": header.get("alg") == "RS256",
        "iss": claims.get("iss") == SERVICE_ACCOUNT,
        "aud": str(claims.get("aud")).endswith("/vertex/token"),
        "scope": _SCOPE in str(claims.get("scope")).split(),
        "exp": time.time() < claims.get("exp", 0) <= time.time() + 3660,
    }
    refuse([Problem(f"/assertion/{name}", "is not what the token endpoint expects") for name, fits in good.items() if not fits])
    return await whole(exchange, {"access_token": VERTEX_TOKEN, "expires_in": 3600, "token_type": "Bearer"})
