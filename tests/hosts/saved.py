"""What a notebook's file keeps of a widget: words, a picture, and little else."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.hosts.page import same_rate
from tests.hosts.result import WORKS, Result

#: Bytes of a widget in a saved notebook.
LIMIT = 150_000
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
_PICTURE = re.compile(r"<svg|<img [^>]*src=\"data:image/")


def kept(notebook: dict[str, Any], rate: float, *, without_page: bool = False) -> Result:
    """Look at a saved notebook with one widget, whose newest rate this is."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    words, pictures = "", 0
    for output in outputs:
        data = output.get("data", {})
        html = "".join(data.get("text/html", ""))
        pictures += bool(_PICTURE.search(html)) or bool({"image/png", "image/svg+xml"} & set(data))
        words += (
            re.sub(r"<[^>]*>", " ", html)
            + "".join(data.get("text/plain", ""))
            + "".join(output.get("text", ""))
        )
    size = len(json.dumps(outputs)) + len(json.dumps(notebook["metadata"].get("widgets", {})))
    faults = []
    if not any(same_rate(float(number), rate) for number in _NUMBER.findall(words)):
        faults.append(f"no word of the rate {rate:g}: {words[:200]!r}")
    if not pictures:
        faults.append("no picture")
    if size > LIMIT:
        faults.append(f"{size / 1000:.0f} KB")
    if "plotly.js v" in json.dumps(notebook):
        faults.append("plotly.js is in it")
    if faults:
        return Result("fails", "; ".join(faults))
    return Result("works", f"{size / 1000:.0f} KB") if without_page or size else WORKS
