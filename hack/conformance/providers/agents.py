"""The task that coding agents are given: create a file through a tool of their own.

The prompt must hold `create the file <absolute path> with the content "<text>"`. The answer is one call of whichever
tool for that the agent offers: Claude Code's Write, Codex's exec_command or shell, or a Bash.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from .reply import Call, Reply, Turn

_TASK = re.compile(r"create the file (?P<path>/[^\s\"'`]+) with the content \"(?P<content>[^\"]*)\"", re.IGNORECASE)


def task(turn: Turn) -> Reply | None:
    """Return the tool call that does the task; None when there is no such task, or its tool has answered already."""
    found = _TASK.search(turn.text)
    if found is None or turn.results:
        return None
    path, content = found["path"], found["content"]
    for name in sorted(turn.tools, key=lambda name: name != "Write"):  # agents ask before their shell writes a file
        arguments = _arguments(name, turn.tools[name], path, content)
        if arguments is not None:
            thinking = ("The user wants ", "a file.") if turn.reasons else ()
            return Reply(chunks=("I will create ", "the file."), thinking=thinking, calls=(Call(name, arguments),))
    return None


def _arguments(name: str, schema: Mapping[str, Any], path: str, content: str) -> dict[str, Any] | None:
    command = f"printf %s {shlex.quote(content)} > {shlex.quote(path)}"
    properties = schema.get("properties") or {}
    if name == "Write":
        return {"file_path": path, "content": content}
    if name == "exec_command":
        return {"cmd": command}
    if name in ("shell", "local_shell", "container.exec"):
        return {"command": ["sh", "-c", command]}
    if name in ("shell_command", "Bash", "bash"):
        return {"command": command, **({"description": "Create a file"} if "description" in properties else {})}
    return None
