"""Room: plot."""
