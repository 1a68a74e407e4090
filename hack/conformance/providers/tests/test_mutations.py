"""Whatever a request holds, the fakes answer it or refuse it; they never fail on it."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from .bodies import BODIES
from .serving import Serving

_MUTATIONS = 40
_VALUES: list[Any] = [None, "", "x", 0, -1, 1.5, True, [], [None], [1], ["a"], [{}], [[]], {}, {"type": "text"}]


class Mutations(Serving):
    def test_full_requests_are_taken(self) -> None:
        for path, (headers, body) in BODIES.items():
            with self.subTest(path):
                status, answer = self.call("POST", path, body, headers)
                self.assertEqual(status, 200, answer)

    def test_none_fails(self) -> None:
        chance = random.Random(5)
        for path, (headers, body) in BODIES.items():
            for _ in range(_MUTATIONS):
                changed = _mutated(body, chance)
                status, answer = self.call("POST", path, changed, headers)
                self.assertLess(status, 500, (path, changed, answer))
        failed = [v for v in self.take_violations() if "the fake failed" in v["what"]]
        self.assertEqual(failed, [])


def _mutated(body: Any, chance: random.Random) -> Any:
    """Return a copy in which one value, wherever it is, is gone or is another."""
    changed = copy.deepcopy(body)
    holder, key = chance.choice(list(_places(changed)))
    if chance.random() < 0.4:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(chance.choice(_VALUES))
    return changed


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
