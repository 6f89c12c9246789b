"""The judge that a config names, for as long as its model is held."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from pipeline.engines.opening import opened
from pipeline.engines.protocol import Engine
from pipeline.models.encoder import Encoder
from rubrics.judges.asking import Asker, JudgeError
from rubrics.judges.baselines import BleuJudge, EncoderJudge, ReferenceJudge
from rubrics.judges.calibrated import CalibratedJudge, CalibratedPairJudge, load_calibration
from rubrics.judges.config import JudgeConfig
from rubrics.judges.contract import Judge, PairJudge
from rubrics.judges.pairwise import PairwiseJudge
from rubrics.judges.pointwise import PointwiseJudge
from rubrics.judges.verdict import ByVerdict
from rubrics.judges.yesno import ByLikelihood

_WITHOUT_ENGINE = ("bleu", "encoder")


@contextmanager
def open_judge(config: JudgeConfig) -> Iterator[Judge]:
    """A judge of single responses, e.g. `with open_judge(JudgeConfig()) as judge: judge.judge(cases)`.

    Raises JudgeError for a way of asking that the engine does not offer, EngineError or ModelError for the model.
    """
    if config.kind in _WITHOUT_ENGINE:
        yield judge_of(config, None)
        return
    with closing(opened(config.model)) as engine:
        yield judge_of(config, engine)


@contextmanager
def open_pair_judge(config: JudgeConfig) -> Iterator[PairJudge]:
    """A judge of pairs; the same errors."""
    _refuse_pairs(config)
    with closing(opened(config.model)) as engine:
        yield pair_judge_of(config, engine)


def judge_of(config: JudgeConfig, engine: Engine | None) -> Judge:
    """The judge by an engine that is open; `bleu` and `encoder` need none. Raises JudgeError, ModelError."""
    judge: Judge
    if config.kind == "bleu":
        judge = BleuJudge()
    elif config.kind == "encoder":
        judge = EncoderJudge(Encoder.load(config.encoder))
    elif engine is None:
        raise JudgeError(f"a judge of kind {config.kind} asks a model: give an engine")
    elif config.kind == "reference":
        judge = ReferenceJudge(engine, longest=config.longest)
    else:
        judge = PointwiseJudge(_asker(config, engine), config.seed)
    if config.calibration is None:
        return judge
    return CalibratedJudge(judge, load_calibration(config.calibration), binary=config.binary)


def pair_judge_of(config: JudgeConfig, engine: Engine) -> PairJudge:
    """The judge of pairs by an engine that is open. Raises JudgeError."""
    _refuse_pairs(config)
    judge = PairwiseJudge(_asker(config, engine), order_swap=config.order_swap, seed=config.seed)
    if config.calibration is None:
        return judge
    return CalibratedPairJudge(judge, load_calibration(config.calibration), binary=config.binary)


def _asker(config: JudgeConfig, engine: Engine) -> Asker:
    if config.kind == "yes_no":
        return ByLikelihood(engine, longest=config.longest)
    return ByVerdict(
        engine,
        samples=config.samples,
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        longest=config.longest,
        seed=config.seed,
    )


def _refuse_pairs(config: JudgeConfig) -> None:
    if config.kind not in ("yes_no", "verdict"):
        raise JudgeError(f"kind {config.kind} compares a response with a reference, not two: say yes_no or verdict")
