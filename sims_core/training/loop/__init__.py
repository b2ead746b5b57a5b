"""The one training loop: steps, schedule, logs, checkpoints, processes."""
