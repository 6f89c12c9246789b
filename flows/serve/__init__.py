"""Flows at their times: what `taskmill serve` runs, when, at which Prefect server, and how it is steered."""
