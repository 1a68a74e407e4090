"""The conversation with the runner: one JSON object a line, a question in, an answer out. See ../../doc.go."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

scenario: dict[str, Any] = json.loads(Path(os.environ["SCENARIO"]).read_text(encoding="utf-8"))
gateway: str = os.environ["GATEWAY_URL"]


@dataclass(frozen=True)
class Cell:
    """A feature is tried with this provider, whose model this is."""

    provider: str
    model: str


Feature = Callable[[Cell], None]


def only(providers: list[str], run: Feature) -> Feature:
    """Mark a feature as one that makes sense with some providers only."""
    run.providers = providers  # type: ignore[attr-defined]
    return run


def serve(package: str, features: Mapping[str, Feature]) -> None:
    """Answer the runner's questions until there are no more. The version reported is that of the installed package."""
    has = {name: getattr(run, "providers", None) for name, run in features.items()}
    _say({"version": importlib.metadata.version(package), "features": has})
    for line in sys.stdin:
        question = json.loads(line)
        feature, provider = question["feature"], question["provider"]
        detail = ""
        try:
            features[feature](Cell(provider, question["model"]))
        except Exception as error:  # whatever an SDK raises is the result of the cell
            detail = " ".join(f"{type(error).__name__}: {error}".split())[:600]
            print(f"{feature} {provider}:", file=sys.stderr)
            traceback.print_exc()
        _say({"feature": feature, "provider": provider, "ok": not detail, "detail": detail})


def _say(line: Mapping[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def equal(found: Any, wanted: Any, what: str) -> None:
    """Raise an error that says what was wanted and what was found."""
    if found != wanted:
        raise AssertionError(f"{what}: wanted {wanted!r:.200}, found {found!r:.200}")


def true(condition: bool, what: str) -> None:
    """Raise an error that says what is not so."""
    if not condition:
        raise AssertionError(what)
