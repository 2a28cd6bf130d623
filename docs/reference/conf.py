"""How the API reference is made from the docstrings (Sphinx): ``make docs``."""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.errors import ExtensionError

import lrwidget

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 20  # parameters

project = "lrwidget"
version = release = lrwidget.__version__
extensions = ["sphinx.ext.autodoc", "numpydoc"]

smartquotes = False  # "steepest" is to be copied

html_theme = "furo"
html_title = f"lrwidget {version}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False

# A reference to a name that is not there is an error.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"torch\..*")]
add_module_names = False
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = False
# Types stand where each parameter is explained; a signature of forty parameters is long enough.
autodoc_typehints = "none"
maximum_signature_line_length = 80
numpydoc_show_class_members = False


def found(dotted: str) -> Any:
    """Return what a dotted name stands for; None where there is no such thing."""
    room, _, name = dotted.rpartition(".")
    with suppress(ImportError, ValueError):
        return getattr(import_module(room), name, None) or import_module(dotted)
    return getattr(found(room), name, None) if room else None


def around(node: Any) -> Iterator[str]:
    """Yield the class and the modules around a docstring, by what Sphinx notes of where it is from."""
    while node is not None and not node.source:
        node = node.parent
    name = str(node.source).partition("docstring of ")[2] if node is not None else ""
    while name:
        yield name
        yield str(getattr(found(name), "__module__", ""))
        name = name.rpartition(".")[0]


def lead_to_where_it_stands(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Let a reference to where a thing is written lead to where it is documented.

    What is not documented stays plain; what is not there at all is an error.
    """
    domain, target = env.get_domain("py"), str(node["reftarget"])
    wanted = [
        value for room in ("", *around(node)) if (value := found(f"{room}.{target}".strip("."))) is not None
    ]
    for name in domain.objects:
        if any(found(name) is value for value in wanted):
            return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, content)
    return content if wanted else None


def shortened(app: Any, what: str, name: str, obj: Any, options: Any, signature: str, result: str) -> Any:
    """Return a class's signature; of a very long one, whose defaults are told below it, the beginning."""
    if what != "class":
        return None
    parameters = inspect.signature(obj).parameters.values()
    if len(parameters) <= LONG:
        return None
    first = [one.replace(annotation=one.empty) for one in parameters if one.kind is not one.KEYWORD_ONLY]
    return f"({', '.join(map(str, first))}, *, **options)", ""


def check(app: Any, problem: Exception | None) -> None:
    """Let the making fail unless every public name, and every parameter of the two doors, has its place."""
    if problem is not None:
        return
    documented = {id(found(name)) for name in app.env.get_domain("py").objects}
    missing = [name for name in lrwidget.__all__ if id(getattr(lrwidget, name)) not in documented]
    for page, door in (("widget", lrwidget.LRWidget), ("range-test", lrwidget.RangeTest)):
        text = (Path(app.outdir) / f"{page}.html").read_text(encoding="utf-8")
        bold = re.findall("<strong>(.*?)</strong>", text)
        told = {name.strip() for names in bold for name in names.split(",")}
        missing += [f"{page}: {name}" for name in inspect.signature(door).parameters if name not in told]
    if missing:
        names = ", ".join(missing)
        raise ExtensionError(f"not in the reference: {names}. Name them in docs/reference/*.rst.")


def setup(app: Any) -> None:
    """Tell Sphinx of it."""
    app.connect("missing-reference", lead_to_where_it_stands)
    app.connect("autodoc-process-signature", shortened)
    app.connect("build-finished", check)
