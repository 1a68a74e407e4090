"""multipart/form-data: read, and checked against the same types as JSON."""

from __future__ import annotations

import email
import hashlib
import json
from dataclasses import dataclass
from email.message import Message
from typing import Any

from .exchange import Exchange, Refused
from .shape import Problem, check


@dataclass(frozen=True)
class File:
    """An uploaded file."""

    name: str
    mime: str
    data: bytes

    def describe(self) -> str:
        """What answers say about a file, so that clients can see that it arrived whole."""
        return f"{self.name} {len(self.data)} bytes sha256 {hashlib.sha256(self.data).hexdigest()}"


@dataclass(frozen=True)
class Form:
    """The files and the other fields of a form. Fields whose name ends in [] are lists."""

    files: dict[str, list[File]]
    fields: dict[str, Any]

    def text(self, name: str, default: str = "") -> str:
        return str(self.fields.get(name, default))


def read(exchange: Exchange, params: Any, *file_fields: str) -> Form:
    """Read the form and refuse what params does not allow. The first of file_fields is required; "x[]" is taken as "x"."""
    if exchange.request.content_type != "multipart/form-data":
        raise Refused([Problem("Content-Type", f"must be multipart/form-data, is {exchange.request.content_type}")])
    files: dict[str, list[File]] = {}
    fields: dict[str, Any] = {"model": exchange.deployment} if exchange.deployment else {}
    for part in _parts(exchange):
        name = str(part.get_param("name", "", "Content-Disposition"))
        bare, data = name.removesuffix("[]"), _content(part)
        if part.get_filename() is not None:
            files.setdefault(bare, []).append(File(str(part.get_filename()), part.get_content_type(), data))
        elif name.endswith("[]"):
            fields.setdefault(bare, []).append(data.decode())
        else:
            fields[bare] = data.decode()
    _check(files, fields, params, file_fields)
    return Form(files, fields)


def _content(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _parts(exchange: Exchange) -> list[Message]:
    head = f"Content-Type: {exchange.header('Content-Type')}\r\n\r\n".encode()
    message = email.message_from_bytes(head + exchange.body)
    if not message.is_multipart():
        raise Refused([Problem("", "the body is no multipart form")])
    return [part for part in message.get_payload() if isinstance(part, Message)]


def _check(files: dict[str, list[File]], fields: dict[str, Any], params: Any, file_fields: tuple[str, ...]) -> None:
    problems = [Problem(f"/{name}", "no file of this name is taken") for name in files if name not in file_fields]
    if file_fields[0] not in files:
        problems.append(Problem(f"/{file_fields[0]}", "required, but missing"))
    problems += [Problem(f"/{name}", "the file has no name") for name, parts in files.items() for part in parts if not part.name]
    typed = {name: _typed(value, params, name, fields) for name, value in fields.items()}
    typed |= {name: "file" for name in files if name in file_fields}
    problems += [p for p in check(typed, params) if p.pointer.strip("/") not in file_fields]
    if problems:
        raise Refused(problems)


def _typed(value: Any, params: Any, name: str, fields: dict[str, Any]) -> Any:
    """A form knows only text: take the reading of a field that its type allows, the text itself otherwise."""
    for reading in (value, *_readings(value)):
        if not any(p.pointer.startswith(f"/{name}") for p in check({**fields, name: reading}, params)):
            return reading
    return value


def _readings(value: Any) -> list[Any]:
    if not isinstance(value, str):
        return []
    try:
        return [json.loads(value)]
    except ValueError:
        return []
