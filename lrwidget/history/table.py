"""Tables for those who use pandas, which is loaded when one is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["data_frame"]


def data_frame(columns: Mapping[str, Any]) -> Any:
    """Return a pandas DataFrame of these columns.

    Raises
    ------
    ImportError
        When pandas is not installed.
    """
    try:
        pandas = importlib.import_module("pandas")
    except ImportError as error:
        raise ImportError(
            "to_dataframe() needs pandas, which is not installed: pip install pandas"
        ) from error
    return pandas.DataFrame(columns)
