"""One package, so that what all of these tests share (see ``conftest.py``) ends with the last of them."""
