"""The live plot's side in the kernel, played without a page."""

from __future__ import annotations

import base64
import gzip

from lrwidget.plot.live import LivePlot

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def test_the_same_picture_asked_for_again_arrives_again() -> None:
    plot = LivePlot(1e-7, 10.0)
    for _ in range(2):
        plot.picture = None
        plot.request_picture()
        plot.set_state({"_picture": PNG})  # what the page sends
        assert plot.picture == b"\x89PNG\r\n\x1a\n"
    plot.close()


def test_what_is_no_picture_is_not_taken_for_one() -> None:
    plot = LivePlot(1e-7, 10.0)
    plot.set_state({"_picture": "javascript:alert(1)"})
    assert plot.picture is None
    plot.close()


def test_plotly_follows_a_display_or_a_page_whichever_comes_first() -> None:
    for send in (LivePlot.send_plotly, lambda plot: plot.set_state({"_hello": "a page"})):
        plot = LivePlot(1e-7, 10.0)
        assert plot.get_state("_plotly_js") == {"_plotly_js": b""}  # the controls do not wait for it
        send(plot)
        assert gzip.decompress(plot.get_state("_plotly_js")["_plotly_js"]).startswith(b"/**")
        plot.close()
