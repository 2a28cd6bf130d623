"""A user's own module with state in it, written from outside (``users_helper.scale = 2``) and from within."""

import torch

scale = 1.0
count = 0
table: dict[str, list[float]] = {}
running = torch.zeros(1)


def remember(loss: float) -> float:
    """Write to this module's globals, and return how often that was done."""
    global count, running  # noqa: PLW0603 - users do
    count += 1
    running = 0.9 * running + 0.1 * loss
    table.setdefault("losses", []).append(loss)
    return float(count)


def begin() -> None:
    """Make everything as it is on import."""
    global scale, count, running
    scale, count, running = 1.0, 0, torch.zeros(1)
    table.clear()
