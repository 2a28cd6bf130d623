"""A second client of a notebook's kernel: ask it for values without touching the page."""

from __future__ import annotations

import ast
import json
import queue
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

# Evaluated in the kernel; arrays and tensors arrive as lists, anything else JSON does not know as its repr.
AS_JSON = (
    "__import__('json').dumps(({expression}), "
    "default=lambda value: value.tolist() if hasattr(value, 'tolist') else repr(value))"
)


class KernelError(AssertionError):
    """The expression raised in the kernel."""


class KernelProbe:
    """Evaluates expressions in the kernel of one connection file.

    The main thread answers only between cells. ``aside=True`` asks on a subshell instead (ipykernel 7), which
    answers while a cell runs; read values there, do not change them.
    """

    def __init__(self, connection_file: Path) -> None:
        self._client = BlockingKernelClient(connection_file=str(connection_file))
        self._client.load_connection_file()
        self._client.start_channels()
        self._subshell: str | None = None

    def close(self) -> None:
        self._client.stop_channels()

    def evaluate(self, expression: str, timeout: float = 30, *, aside: bool = False) -> Any:
        """Return the value of a Python expression, through JSON."""
        reply = self._execute("", {"value": AS_JSON.format(expression=expression)}, timeout, aside)
        value = reply["user_expressions"]["value"]
        if value["status"] != "ok":
            message = f"{expression}\n{value['ename']}: {value['evalue']}"
            raise KernelError(message)
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    def run(self, code: str, timeout: float = 30, *, aside: bool = False) -> None:
        """Run statements; they leave no trace in the notebook."""
        self._execute(code, {}, timeout, aside)

    def _execute(self, code: str, expressions: dict[str, str], timeout: float, aside: bool) -> dict[str, Any]:
        content = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": expressions,
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self._client.session.msg("execute_request", content)
        if aside:
            message["header"]["subshell_id"] = self._open_subshell(timeout)
        self._client.shell_channel.send(message)
        reply = self._reply(
            self._client.get_shell_msg, message["header"]["msg_id"], timeout, code or expressions
        )
        if reply["status"] != "ok":
            error = f"{code}\n{reply.get('ename')}: {reply.get('evalue')}"
            raise KernelError(error)
        return reply

    def _open_subshell(self, timeout: float) -> str:
        if self._subshell is None:
            message = self._client.session.msg("create_subshell_request", {})
            self._client.control_channel.send(message)
            reply = self._reply(
                self._client.get_control_msg, message["header"]["msg_id"], timeout, "a subshell"
            )
            self._subshell = str(reply["subshell_id"])
        return self._subshell

    @staticmethod
    def _reply(receive: Any, message_id: str, timeout: float, what: object) -> dict[str, Any]:
        while True:
            try:
                message = receive(timeout=timeout)
            except queue.Empty:
                error = f"the kernel did not answer within {timeout} s: {what}"
                raise TimeoutError(error) from None
            if message["parent_header"].get("msg_id") == message_id:
                content: dict[str, Any] = message["content"]
                return content
