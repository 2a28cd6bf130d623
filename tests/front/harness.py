"""The page's code in a browser, without Jupyter, torch or a kernel: ``python -m tests.front.harness``.

The page's sources are served as they are, beside a made-up kernel (``fake.js``) that has been given a real
sweep's figure and frames. ``?scene=running&theme=dark`` opens one scene; the page's own menu has them all.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from lrwidget.history.record import History
from lrwidget.history.schedule import rates
from lrwidget.history.settings import Settings
from lrwidget.plot.blank import page_figure
from lrwidget.plot.bundle import plotly_js, plotly_version
from lrwidget.plot.frames import Frame, Frames
from lrwidget.plot.overlay import overlay
from tests.project.files import ROOT

BANDWIDTH = 0.3


def world(*, linear: bool, metric: bool, points: int, noise: float) -> dict[str, Any]:
    """Everything of one sweep that the kernel would send: the empty figure, all frames, the pick."""
    start_lr, end_lr = (0.001, 1.0) if linear else (1e-7, 10.0)
    mode = "linear" if linear else "exp"
    lr = np.array(rates(start_lr, end_lr, points, mode))
    x = np.log10(lr)
    middle = -1.0 if linear else -2.0
    loss = 2.3 - 2.0 / (1 + np.exp(-3 * (x - middle)))
    loss += noise * np.random.default_rng(0).normal(size=points)
    loss += np.where(x > middle + 2, np.expm1(np.minimum(9 * np.maximum(x - middle - 2, 0), 20)), 0)
    accuracy = 1 / (1 + np.exp(-3 * (x - middle))) * (x < middle + 2) + 0.1 if metric else None
    name = "accuracy" if metric else None
    settings = Settings(start_lr=start_lr, end_lr=end_lr, num_iter=points, step_mode=mode)
    history = History(lr, loss, settings, "completed", seconds=2.0, metric=accuracy, metric_name=name)
    pick = history.suggest(bandwidth=BANDWIDTH)
    mark = asdict(overlay(history, pick, bandwidth=BANDWIDTH))
    frames = Frames()
    frames.begin(1)
    sent = [frames.snapshot()]
    for count in range(1, points):
        part = History(
            lr[:count],
            loss[:count],
            settings,
            metric=None if accuracy is None else accuracy[:count],
            metric_name=name,
        )
        sent.append(frames.update(part, BANDWIDTH, 1) or frames.snapshot())
    sent.append(frames.update(history, BANDWIDTH, 1) or frames.snapshot())
    return {
        "blank": {
            **page_figure(start_lr, end_lr, linear=linear, metric_name=name),
            "plotly_version": plotly_version(),
        },
        "frames": [packed(frame) for frame in sent],
        "snapshot": packed(frames.snapshot()),
        "overlay": mark,
        "metric_name": name,
        "plan": {"start_lr": start_lr, "end_lr": end_lr, "num_iter": points, "step_mode": mode},
        "losses": loss.tolist(),
        "rates": lr.tolist(),
    }


def packed(frame: Frame) -> dict[str, Any]:
    return {"head": frame.head, "buffers": [base64.b64encode(part).decode() for part in frame.buffers]}


class Handler(SimpleHTTPRequestHandler):
    """Files of the repository, plotly's script, and worlds."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if path == "/":
            self.path = "/tests/front/harness.html?" + urlsplit(self.path).query
            super().do_GET()
        elif path == "/plotly.min.js":
            self.answer(gzip.decompress(plotly_js()), "text/javascript")
        elif path == "/world.json":
            made = world(
                linear=asked.get("linear") == "1",
                metric=asked.get("metric") == "1",
                points=int(asked.get("points", 100)),
                noise=float(asked.get("noise", 0.03)),
            )
            self.answer(json.dumps(finite(made)).encode(), "application/json")
        else:
            super().do_GET()

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *what: Any) -> None:
        """Say nothing."""


def finite(value: Any) -> Any:
    """Return the same with every number that is not finite as None."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def serve(port: int = 0) -> ThreadingHTTPServer:
    """Make the server; the caller runs and closes it."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=ROOT))


@contextmanager
def serving() -> Iterator[str]:
    """Serve beside what else happens; yield the address, without a slash at the end."""
    with serve() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8770)
    with serve(parser.parse_args().port) as server:
        print(f"http://127.0.0.1:{server.server_port}/?scene=finished")
        server.serve_forever()
