"""What every stage stands on: engines, models, the run store, configs, seeds, reports."""

import logging

# transformers imports torchao where it is installed, and that speaks of kernels for GPUs that are not there.
for _chatty in ("torchao", "torch.utils._pytree"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)
