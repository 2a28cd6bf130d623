"""The plotly.js that ships inside the plotly package, packed for the way to the page.

Nothing is fetched from a network, so the widget works offline and the page's plotly.js always fits
the Python one. 4.8 MB of script travel as 1.6 MB of gzip; the page inflates them once.
"""

from __future__ import annotations

import gzip
import re
import threading
from functools import cache
from importlib.resources import files

import plotly

__all__ = ["plotly_js", "plotly_version", "prepare_plotly_js"]

#: ``plotly.register([bar(), box(), ...])``, at the end of plotly's script.
_OTHER_TRACES = re.compile(rb"\.register\(\[(?:[\w$]+\(\),){20,}[\w$]+\(\)\]\)")
#: Bytes before plotly's factory: a licence, and a few lines that find out what kind of module is wanted.
_LONGEST_HEAD = 1000


_packing = threading.Lock()


def plotly_js() -> bytes:
    """Return plotly.js, gzip-compressed. Made once a process, then shared by all widgets.

    Level 3 takes half the time of level 6 for a tenth more bytes.
    """
    with _packing:  # whoever comes second waits for the first, rather than do it too
        return _packed()


def prepare_plotly_js() -> None:
    """Have it made in the background: soon a page will ask for it, and has time to open meanwhile."""
    if _packed.cache_info().currsize == 0:
        threading.Thread(target=plotly_js, name="lrwidget packs plotly.js", daemon=True).start()


@cache
def _packed() -> bytes:
    script = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(compiled_at_once(scatter_alone(script)), compresslevel=3, mtime=0)


def scatter_alone(script: bytes) -> bytes:
    """Return plotly.js with no other kind of trace registered; what registers none in this way as it is.

    The others stay in the script, but a page runs, and mostly compiles, what is asked for only. Plotly,
    whose core has the scatter trace in it, is then evaluated in a tenth of the time: 0.1 s, not more than 1.
    """
    shorter, found = _OTHER_TRACES.subn(b".register([])", script)
    return shorter if found == 1 else script


def compiled_at_once(script: bytes) -> bytes:
    """Return plotly.js with its factory in parentheses; what has no such factory as it is.

    Chromium compiles a function in parentheses when it meets it. Any other it only skims, and reads again
    when it is called: for this one, which is all of plotly, that is a sixth of the time until it has drawn.
    """
    begin, end = b"this, () => {", b"}));"
    head, found, body = script.partition(begin)
    whole = body.rstrip()
    if not found or len(head) > _LONGEST_HEAD or not whole.endswith(end):
        return script
    return head + b"this, (() => {" + whole.removesuffix(end) + b"})));"


def plotly_version() -> str:
    """Return the plotly package's version, under which the page caches its plotly.js."""
    return str(plotly.__version__)
