"""What an object of a framework's holds, in a form that two moments can be compared in."""

ATOMS = (type(None), bool, int, float, str, bytes)


def marks(owner, depth=2):
    """Each attribute of an object: plain values, what its containers hold, and which other object it is."""
    return {name: _mark(value, depth) for name, value in vars(owner).items()}


def _mark(value, depth):
    if isinstance(value, ATOMS):
        return value
    if depth and isinstance(value, dict):
        return {"id": id(value), **{repr(key): _mark(item, depth - 1) for key, item in value.items()}}
    if depth and isinstance(value, (list, tuple, set)):
        return [id(value), *[_mark(item, depth - 1) for item in value]]
    return f"{type(value).__name__} {id(value)}"
