"""Rounds in which a model learns from its own rollouts: what each is made of, and where its model comes from."""
