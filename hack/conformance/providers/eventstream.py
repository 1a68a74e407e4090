"""AWS's binary event stream: https://smithy.io/2.0/aws/amazon-eventstream.html.

One message is: total length, length of the headers, CRC-32 of these eight bytes, the headers, the payload, and the
CRC-32 of everything before. Numbers are big-endian.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping
from typing import Any

from .wire import dumps

_STRING = 7


def event(kind: str, payload: Mapping[str, Any]) -> bytes:
    """Return an event with a JSON payload."""
    return message({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, dumps(payload).encode())


def exception(kind: str, payload: Mapping[str, Any]) -> bytes:
    """Return an exception, which ends the stream."""
    return message(
        {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}, dumps(payload).encode()
    )


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return a message whose headers are all strings."""
    encoded = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(encoded) + len(payload), len(encoded))
    body = prelude + struct.pack(">I", binascii.crc32(prelude)) + encoded + payload
    return body + struct.pack(">I", binascii.crc32(body))


def _header(name: str, value: str) -> bytes:
    raw_name, raw_value = name.encode(), value.encode()
    return struct.pack(">B", len(raw_name)) + raw_name + struct.pack(">BH", _STRING, len(raw_value)) + raw_value
