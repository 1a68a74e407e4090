"""Checks a request against the service model of the Bedrock runtime that botocore carries.

botocore's ParamValidator knows types, required and unknown members and unions; enums, patterns and greatest lengths are
in the model too, but it leaves them to the service. Here they are checked as well.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

from . import images
from .shape import Problem


@functools.lru_cache(maxsize=1)
def _service() -> ServiceModel:
    return botocore.session.get_session().get_service_model("bedrock-runtime")


def problems_of(operation: str, parameters: Mapping[str, Any]) -> list[Problem]:
    """Return what the input shape of an operation does not allow."""
    shape = _service().operation_model(operation).input_shape
    if shape is None:
        return []
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        return [Problem("", line) for line in report.generate_report().splitlines()]
    return _limits(parameters, shape, "")


def _limits(value: Any, shape: Shape, at: str) -> list[Problem]:
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        return [p for k, v in value.items() for p in _limits(v, shape.members[k], f"{at}/{k}")]
    if shape.type_name == "list":
        most = shape.metadata.get("max")
        found = [Problem(at, f"has more than {most} members")] if most is not None and len(value) > most else []
        return found + [p for i, v in enumerate(value) for p in _limits(v, shape.member, f"{at}/{i}")]
    if shape.type_name == "map":
        return [p for k, v in value.items() for p in _limits(v, shape.value, f"{at}/{k}")]
    if shape.type_name == "blob":
        return [] if isinstance(value, str) and images.decoded(value) else [Problem(at, "is not base64, or empty")]
    return _scalar(value, shape, at)


def _scalar(value: Any, shape: Shape, at: str) -> list[Problem]:
    enum, pattern, most = getattr(shape, "enum", None), shape.metadata.get("pattern"), shape.metadata.get("max")
    if enum and value not in enum:
        return [Problem(at, f"Value {value!r} failed to satisfy constraint: Member must satisfy enum value set: {enum}")]
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value, re.DOTALL):
        return [
            Problem(
                at, f"Value {value!r:.80} failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
            )
        ]
    size = len(value) if isinstance(value, str) else value
    if most is not None and isinstance(size, (int, float)) and size > most:
        return [Problem(at, f"Value {value!r:.80} is more than {most}")]
    return []
