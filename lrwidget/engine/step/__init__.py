"""One training step and one evaluation: from a batch to a loss on the host."""
