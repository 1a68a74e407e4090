"""Deterministic embeddings: the same text gives the same unit vector at every provider."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from typing import Any

from .shape import Problem

#: Length of a vector when the request does not ask for another.
DEFAULT_DIMENSIONS = 8


def problems_of(dimensions: Any, pointer: str) -> list[Problem]:
    """Refuse a length that is no positive number; None asks for the model's own."""
    good = dimensions is None or (isinstance(dimensions, int) and 1 <= dimensions <= 4096)
    return [] if good else [Problem(pointer, "must be from 1 to 4096")]


def vector(text: str, dimensions: int | None = None) -> list[float]:
    """Return a unit vector of float32 values that is made from the SHA-256 of the text."""
    size = dimensions or DEFAULT_DIMENSIONS
    raw = b"".join(hashlib.sha256(f"{i}:{text}".encode()).digest() for i in range(math.ceil(size / 16)))
    numbers = [n / 32768 for n in struct.unpack(f"<{size}h", raw[: 2 * size])]
    norm = math.sqrt(sum(n * n for n in numbers)) or 1.0
    return list(struct.unpack(f"<{size}f", struct.pack(f"<{size}f", *(n / norm for n in numbers))))


def packed(numbers: list[float]) -> str:
    """Return a vector as OpenAI's encoding_format=base64 does: little-endian float32."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
