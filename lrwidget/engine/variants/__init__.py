"""Several sweeps one after another from the same start: variants compared, repeats on other batches."""
