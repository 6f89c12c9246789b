"""A process reward model: what each beginning of a response is worth, learnt from step labels."""
