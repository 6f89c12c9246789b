"""When a completion is over, and what it says."""

from collections.abc import Sequence
from typing import Any

from pipeline.engines.protocol import Sampling
from schemas import Finish

_TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<turn|>", "<|end|>", "<|end_of_turn|>")
"""What chat templates close a turn with; a model is stopped by those that its tokenizer knows as special."""


def end_tokens(generation_config: Any, tokenizer: Any) -> frozenset[int]:
    """Ids that end a turn: the generation config's (which may be None), the tokenizer's, the chat template's."""
    ids = getattr(generation_config, "eos_token_id", None)
    found = {ids} if isinstance(ids, int) else set(ids or ())
    found.add(tokenizer.eos_token_id)
    special = {str(token): number for number, token in tokenizer.added_tokens_decoder.items()}
    found.update(special[name] for name in _TURN_ENDS if name in special)
    return frozenset(number for number in found if number is not None)


class Ending:
    """Decides after every token; looks at a bounded tail of the text, however long the completion is."""

    def __init__(self, tokenizer: Any, end_ids: frozenset[int], sampling: Sampling) -> None:
        self._tokenizer = tokenizer
        self._end_ids = end_ids
        self._stop = tuple(text for text in sampling.stop if text)
        # A token stands for at least a byte, and a character for at most four: so many tokens hold every stop text.
        self._tail = max((len(text.encode()) for text in self._stop), default=0) + 4

    def finish(self, token_ids: Sequence[int], limit: int) -> Finish | None:
        """Why a completion that was unfinished before its last token is finished now; None if it goes on."""
        if token_ids[-1] in self._end_ids or self._stopped(token_ids):
            return "stop"
        return "length" if len(token_ids) >= limit else None

    def text(self, token_ids: Sequence[int]) -> str:
        """The decoded completion without its end token; other special tokens are shown."""
        ended = bool(token_ids) and token_ids[-1] in self._end_ids
        return self._decoded(token_ids[:-1] if ended else token_ids)

    def _stopped(self, token_ids: Sequence[int]) -> bool:
        if not self._stop:
            return False
        tail = self._decoded(token_ids[-self._tail :])
        # The tail may read differently out of context (a lost first space): the whole text has the last word.
        return any(text in tail and text in self._decoded(token_ids) for text in self._stop)

    def _decoded(self, token_ids: Sequence[int]) -> str:
        return str(
            self._tokenizer.decode(list(token_ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)
        )
