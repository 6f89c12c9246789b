"""Pairs whose labels may be wrong, sifted as a config says, with process reward models among the judges."""

from collections.abc import Sequence
from pathlib import Path

from flows.valued import step_values
from generators.preferences.suspect import (
    SIGNALS,
    NoiseConfig,
    Sifted,
    Signals,
    VotesConfig,
    asked_about,
    doubted,
    judge_folders,
    margins_by,
    outvoted,
)
from schemas import PreferencePair
from trainer.prm.model import open_prm


class Sieve:
    """What finds the labels of pairs that may be wrong; models among its judges are opened once. Raises PrmError."""

    def __init__(self, config: NoiseConfig) -> None:
        self._config = config
        self._models = {folder: open_prm(Path(folder)) for folder in judge_folders(config)}

    def sifted(self, pairs: Sequence[PreferencePair], signals: Signals) -> Sifted:
        """A shard's pairs, those that are not looked at last."""
        asked = asked_about(pairs)
        if not asked:
            return Sifted(list(pairs), [])
        if isinstance(self._config, VotesConfig):
            margins = [self._margins(judge, asked, signals) for judge in self._config.judges]
            told = outvoted(asked, margins, self._config)
        else:
            told = doubted(asked, signals, self._config)
        looked_at = set(map(id, asked))
        return Sifted(told.kept + [pair for pair in pairs if id(pair) not in looked_at], told.left_out)

    def _margins(self, judge: str, pairs: Sequence[PreferencePair], signals: Signals) -> list[float]:
        if judge in SIGNALS:
            return margins_by(judge, pairs, signals)
        texts = [(pair.prompt, side[-1].content) for pair in pairs for side in (pair.chosen, pair.rejected)]
        ends = [own[-1] if own else 0.0 for own in step_values(self._models[judge], [(p, (t,)) for p, t in texts])]
        return [chosen - rejected for chosen, rejected in zip(ends[::2], ends[1::2], strict=True)]
