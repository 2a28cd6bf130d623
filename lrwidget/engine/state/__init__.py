"""Everything a sweep may change, remembered before it and given back after it."""
