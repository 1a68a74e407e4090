"""Images that requests carry: what they are, and whether they are what they say."""

from __future__ import annotations

import base64
import binascii
import re

from .reply import Image
from .shape import Problem

_MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
_DATA_URL = re.compile(r"data:(?P<mime>[a-z]+/[a-z0-9.+-]+);base64,(?P<data>.*)", re.DOTALL)
#: What OpenAI and Anthropic take: https://platform.openai.com/docs/guides/images-vision#image-input-requirements
TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def decoded(data: str) -> bytes | None:
    """Return the bytes of standard base64 without line breaks; None if it is anything else."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def standard(data: str) -> str:
    """Return base64 of either alphabet in the standard one, padded: protobuf's JSON takes both for bytes."""
    plain = data.replace("-", "+").replace("_", "/").rstrip("=")
    return plain + "=" * (-len(plain) % 4)


def sniff(data: bytes) -> str | None:
    """Return the type that the first bytes tell."""
    return next((mime for magic, mime in _MAGIC.items() if data.startswith(magic)), None)


def problems_of(mime: str, data: str, pointer: str) -> list[Problem]:
    """Refuse types other than TYPES, data that is not base64, and data of another type than is said."""
    raw = decoded(data)
    if mime not in TYPES:
        return [Problem(pointer, f"{mime} is not one of {', '.join(sorted(TYPES))}")]
    if not raw:
        return [Problem(pointer, "the image is not base64, or empty")]
    if sniff(raw) not in (mime, None):
        return [Problem(pointer, f"the image was specified as {mime}, but appears to be {sniff(raw)}")]
    return []


def from_data_url(url: str) -> tuple[str, str] | None:
    """Return type and base64 data of a data URL; None if it is none."""
    found = _DATA_URL.fullmatch(url)
    return (found["mime"], found["data"]) if found else None


def image(mime: str, data: str) -> Image:
    """Return what a model sees of an image."""
    return Image(mime, len(decoded(data) or b""))


def url_problems(url: str, pointer: str) -> list[Problem]:
    """An image URL is a data URL of an image, or http(s)."""
    parts = from_data_url(url)
    if parts:
        return problems_of(*parts, pointer)
    return [] if url.startswith(("http://", "https://")) else [Problem(pointer, "must be a data URL or an http(s) URL")]


def url_image(url: str) -> Image:
    """Return what a model sees of an image URL; the fakes fetch nothing."""
    parts = from_data_url(url)
    return image(*parts) if parts else Image("url", len(url))
