"""Learning rates in optimizers and schedulers: written, accepted, undone."""
