"""Judges that compare a response with its reference answer and ask no question: cheap, and blind to criteria."""

from collections.abc import Sequence

from pipeline.engines.protocol import Engine
from pipeline.models.encoder import Encoder, likeness
from rubrics.fencing import quieted
from rubrics.judges.asking import refuse_unscoring, surely_too_long, too_long
from rubrics.judges.contract import Case, Judgment
from rubrics.likelihood import reference_gain, reference_logprobs
from rubrics.similarity import bleu, words_of
from schemas import Message

_SAYS_NO_REFERENCE = Judgment(None, "there is no reference answer to compare with", 0)
_THEN = "\n\nSo the answer is: "


class BleuJudge:
    """The score is the response's BLEU against its reference: not a probability until it is calibrated."""

    name = "bleu"

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        """One judgment a case, in order; None without a reference."""
        return [
            Judgment(bleu(words_of(case.response), [words_of(case.reference)]), "BLEU against the reference", 0)
            if case.reference
            else _SAYS_NO_REFERENCE
            for case in cases
        ]


class EncoderJudge:
    """The score is the cosine of response and reference by a sentence encoder, 0 for a negative one: how near they are
    in matter, and not a probability until it is calibrated."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = f"{encoder.name} cosine"
        self._encoder = encoder

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        """One judgment a case, in order; None without a reference."""
        asked = [case for case in cases if case.reference]
        told = iter(likeness(self._encoder, [case.response for case in asked], [case.reference for case in asked]))
        return [
            Judgment(max(0.0, next(told)), "cosine with the reference", 0) if case.reference else _SAYS_NO_REFERENCE
            for case in cases
        ]


class ReferenceJudge:
    """The score is how much likelier the reference answer is behind the response than at once (RLPR): a rise of
    probability, not the probability of being right until it is calibrated.

    A response that names the reference answer makes it likely, whether it claims it or only mentions it.
    """

    def __init__(self, engine: Engine, *, longest: int) -> None:
        refuse_unscoring(engine)
        self.name = f"{engine.model}@{engine.revision} reference"
        self._engine, self._longest = engine, longest

    def judge(self, cases: Sequence[Case]) -> list[Judgment]:
        """One judgment a case, in order; None without a reference. Raises EngineError where the engine can't score."""
        return [self._judged(case) if case.reference else _SAYS_NO_REFERENCE for case in cases]

    def _judged(self, case: Case) -> Judgment:
        if surely_too_long(case.prompt + case.response + case.reference, self._longest):
            return Judgment(*too_long(self._longest))
        prompt, response = (Message("user", quieted(case.prompt)),), quieted(case.response).rstrip()
        read = len(self._engine.encode(prompt, response + _THEN + quieted(case.reference)))
        if read > self._longest:
            return Judgment(*too_long(self._longest))
        befores = [_THEN.lstrip(), response + _THEN]
        bare, after = reference_logprobs(self._engine, prompt, befores, quieted(case.reference))
        return Judgment(reference_gain(after, bare), "rise of the reference's mean token probability", read + len(bare))
