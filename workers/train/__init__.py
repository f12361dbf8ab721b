"""Training: one process an attempt, `python -m workers.train RUN ATTEMPT`."""
