"""Whether a sweep has left everything as it was: looked at by what knows nothing of how that is done."""
