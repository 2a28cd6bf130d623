"""Short trainings at a few rates, from one start and on the same batches: which rate is best."""
