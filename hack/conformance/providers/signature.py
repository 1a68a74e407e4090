"""Signatures of reasoning, so that what comes back can be told from what was made up or changed on the way.

The real services sign or encrypt their reasoning. Here a signature is an HMAC of the provider's name and of what is
signed, so that a signature of one provider is refused by the other, and one on changed text by its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

_KEY = b"fairlead conformance"
_MARK = b"\x12\x2bfairlead"


def issue(provider: str, signed: Any) -> str:
    """Return the signature of a JSON value in standard base64."""
    canonical = json.dumps([provider, signed], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return base64.b64encode(_MARK + hmac.new(_KEY, canonical.encode(), hashlib.sha256).digest()).decode()


def valid(provider: str, signed: Any, signature: str) -> bool:
    """Whether the signature was issued by this provider for exactly this value."""
    return hmac.compare_digest(issue(provider, signed).encode(), signature.encode())
