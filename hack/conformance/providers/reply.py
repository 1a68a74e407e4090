"""What a fake model is asked and what it answers, without any provider's wire format."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Image:
    """An image in the last message of the user."""

    mime: str
    size: int


@dataclass(frozen=True)
class Result:
    """What a tool returned. The name is empty where the protocol does not carry it."""

    name: str
    text: str


@dataclass(frozen=True)
class Turn:
    """A request, as far as the answer depends on it."""

    provider: str
    #: The last text of the last message of the user, as it was written.
    text: str = ""
    #: Tool results after that text: the model is to go on with them.
    results: tuple[Result, ...] = ()
    #: The tools that may be called, and the JSON Schema of their parameters.
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: The tool that must be called; "" for any; None if nothing is forced.
    forced: str | None = None
    #: Whether more than one tool may be called at once.
    parallel: bool = True
    images: tuple[Image, ...] = ()
    #: The schema that the answer must satisfy; {} for any JSON object; None for text.
    schema: Mapping[str, Any] | None = None
    #: Whether the provider shows its reasoning to this request.
    reasons: bool = False

    @property
    def asked(self) -> str:
        """The text in lower case: what the scenes look for."""
        return self.text.lower()


class Failure(enum.Enum):
    """How an answer fails."""

    RATE = "rate limit"
    SERVER = "server error"
    OVERLOADED = "overloaded"
    CONTEXT = "context length"
    MIDSTREAM = "error inside of the stream"
    CUT = "connection cut"


@dataclass(frozen=True)
class Call:
    """A tool call."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Usage:
    """Tokens. input includes cached and written; output includes reasoning."""

    input: int = 24
    cached: int = 8
    written: int = 4
    output: int = 10
    reasoning: int = 0

    @property
    def fresh(self) -> int:
        """Input that was neither read from a cache nor written to it: Anthropic's input_tokens."""
        return self.input - self.cached - self.written

    @property
    def total(self) -> int:
        return self.input + self.output


@dataclass(frozen=True)
class Reply:
    """An answer in the pieces in which it is streamed."""

    chunks: tuple[str, ...] = ()
    thinking: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    #: Whether the answer ended because it became too long.
    length: bool = False
    failure: Failure | None = None
    #: Whether the bytes of the stream are to be cut inside of characters.
    torn: bool = False
    #: Seconds between the chunks of a stream.
    pace: float = 0

    @property
    def text(self) -> str:
        return "".join(self.chunks)

    @property
    def thought(self) -> str:
        return "".join(self.thinking)

    @property
    def usage(self) -> Usage:
        """24 tokens in, 8 of them cached and 4 written to the cache; 10 tokens out, and 5 more of reasoning if there is any."""
        return Usage(output=15, reasoning=5) if self.thinking else Usage()
