"""The config of a whole run: which tasks, which model, which band, which training."""

from collections import Counter
from typing import Annotated, Any, Self

import msgspec
from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from dedup.config import DedupConfig
from filters.config import CurriculumConfig, DifficultyConfig, refuse_unmade
from filters.contamination.config import ContaminationConfig
from filters.predictor.config import PredictorConfig
from flows.workers.config import RunnerConfig
from generators.family import FamilyError
from generators.registry import RegistryError, family_named
from generators.stream import Segment, params_of
from pipeline.config import ConfigError, Section, checked
from pipeline.engines.config import ModelConfig
from pipeline.store import Run
from schemas import jsontext
from trainer.config import SamplingConfig, TrainConfig


def _known_family(name: str) -> str:
    try:
        return family_named(name).name
    except RegistryError as problem:
        raise ValueError(str(problem)) from None


class SourceConfig(Section):
    """Tasks of one family: `count` for each of `levels`, or `count` with `params` off the ladder."""

    family: Annotated[str, AfterValidator(_known_family)] = Field(description="a name of `taskmill families`")
    count: int = Field(ge=1, description="tasks a level")
    levels: list[int] = Field([], description="rungs of the family's ladder, from 1; empty means all of them")
    params: dict[str, Any] | None = Field(None, description="the family's own parameters instead of levels")
    start: int = Field(0, ge=0, description="items at the beginning of each stream that are not made")
    styles: list[str] = Field([], description="prompt styles, one drawn for each task; empty means the first")
    examples: int = Field(0, ge=0, le=16, description="solved problems of the rung shown before each prompt")
    worked: bool = Field(False, description="the examples show worked steps, a line each, before the answer")

    @model_validator(mode="after")
    def _exists(self) -> Self:
        family = family_named(self.family)
        if self.params is not None and self.levels:
            raise ValueError("give levels or params, not both")
        if self.worked and not self.examples:
            raise ValueError("worked: it is for examples; say how many")
        if self.worked and family.steps is None:
            raise ValueError(f"worked: {self.family} has no worked steps to show")
        for level in self.levels:
            if not 1 <= level <= len(family.levels):
                raise ValueError(f"levels: {self.family} has levels 1 to {len(family.levels)}, not {level}")
        for style in self.styles:
            if style not in family.styles:
                raise ValueError(f"styles: {self.family} has {', '.join(family.styles)}, not {style!r}")
        if self.params is not None:
            try:
                params_of(family, 0, self.params)
            except FamilyError as problem:
                raise ValueError(str(problem)) from None
        return self

    def parameters(self) -> dict[int, dict[str, Any]]:
        """The complete parameters by level, 0 for those off the ladder."""
        family = family_named(self.family)
        rungs = [0] if self.params is not None else self.levels or range(1, len(family.levels) + 1)
        given = {level: params_of(family, level, self.params or {}) for level in rungs}
        return {level: msgspec.json.decode(msgspec.json.encode(params)) for level, params in given.items()}

    def segments(self, seed: int) -> list[Segment]:
        """One segment a level."""
        return [
            Segment(
                family=self.family,
                level=level,
                params=self.params or {},
                seed=seed,
                start=self.start,
                stop=self.start + self.count,
                styles=tuple(self.styles),
                examples=self.examples,
                worked=self.worked,
            )
            for level in self.parameters()
        ]


class TasksConfig(Section):
    """Which tasks are made."""

    sources: list[SourceConfig] = Field(min_length=1, description="families of tasks, with how many of which rungs")
    shard_size: int = Field(1000, ge=1, description="tasks a shard; a shard is the unit of work and of resuming")
    apart_from: list[str] = Field(
        [], description="Parquet files, folders or globs of tasks whose problems are left out, such as held-out ones"
    )

    @model_validator(mode="after")
    def _each_stream_once(self) -> Self:
        counts = Counter((source.family, level) for source in self.sources for level in source.levels)
        for (family, level), count in counts.items():
            if count > 1:
                raise ValueError(f"sources: {family} level {level} is given {count} times and would repeat its tasks")
        streams = Counter(
            (source.family, jsontext.dumps(params))
            for source in self.sources
            for params in source.parameters().values()
        )
        for (family, text), count in streams.items():
            if count > 1:
                raise ValueError(f"sources: {family} with {text} is given {count} times and would repeat its tasks")
        return self

    def levels(self) -> dict[str, set[int]]:
        """The levels that are made, by family; 0 for parameters off the ladder."""
        made: dict[str, set[int]] = {}
        for source in self.sources:
            made.setdefault(source.family, set()).update(segment.level for segment in source.segments(seed=0))
        return made

    def domains(self) -> dict[str, str]:
        """The domain of each family."""
        return {source.family: family_named(source.family).domain for source in self.sources}


class AimConfig(Section):
    """Rounds that aim at the band: the first makes what the sources say, each later one as many tasks, spread anew."""

    rounds: int = Field(4, ge=2, le=1000, description="rounds of tasks, each generated, rolled out and learnt from")
    explore: float = Field(0.1, ge=0, le=1, description="share of a round that is spread equally over all cells")
    candidates: int = Field(
        1, ge=1, le=100, description="tasks made for each that is rolled out, from the second round: the likeliest are"
    )
    read: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of the candidates, the likeliest by all else, of which the model reads the gold answers, so "
        "that the predictor knows how well it would write them; true is all",
    )

    @model_validator(mode="after")
    def _reads_candidates(self) -> Self:
        if self.read and self.candidates == 1:
            raise ValueError("read: it is for choosing among candidates; set candidates to 2 or more")
        return self


class TrainSection(TrainConfig):
    """The training of a run; what the run itself knows may be left out."""

    model: str = Field("", description="the run's model when left out")
    shards: list[str] = Field([], description="the run's training split when left out")
    output: str = Field("", description="the run's folder when left out")
    sampling: SamplingConfig = Field(SamplingConfig(), description="the run's sampling when left out")


class RunConfig(Section):
    """One run: generate, deduplicate, roll out, measure difficulty, make curriculum shards, train, report."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="the run's folder inside `output`")
    seed: int = Field(0, ge=0, description="draws everything: the same seed gives the same bytes")
    output: str = Field("outputs", description="a folder or fsspec URL")
    workers: int = Field(
        1, ge=1, description="shards worked on at once; the result does not depend on it, nor on `runner`"
    )
    runner: RunnerConfig = Field(RunnerConfig(), description="where shards are worked on")
    tasks: TasksConfig = Field(description="which tasks are made, and how many a shard")
    dedup: DedupConfig = Field(DedupConfig(), description="how the same problem is found")
    contamination: ContaminationConfig = Field(
        ContaminationConfig(), description="benchmarks that no task may be of, and what is done with one that is"
    )
    aim: AimConfig | None = Field(None, description="null: one round, which makes what the sources say")
    model: ModelConfig | None = Field(ModelConfig(), description="null: the run ends with unique tasks")
    compare: list[ModelConfig] = Field([], description="further models on the same tasks; `model` alone decides")
    sampling: SamplingConfig = Field(SamplingConfig(), description="how the model's answers are drawn")
    difficulty: DifficultyConfig = Field(DifficultyConfig(), description="when a task's pass rate is known")
    curriculum: CurriculumConfig = Field(
        CurriculumConfig(), description="which tasks become rows, where and in which order"
    )
    train: TrainSection | None = Field(None, description="null: the run ends with the curriculum")

    @field_validator("curriculum")
    @classmethod
    def _curriculum_names_what_is_made(cls, curriculum: CurriculumConfig, known: ValidationInfo) -> CurriculumConfig:
        if isinstance(tasks := known.data.get("tasks"), TasksConfig):
            refuse_unmade(curriculum, tasks.levels(), tasks.domains())
        return curriculum

    @model_validator(mode="after")
    def _training_has_a_model(self) -> Self:
        if self.train is not None and self.model is None:
            raise ValueError("train needs the curriculum that rollouts of a model make: give model, or leave out train")
        if self.train is not None and "sampling" not in self.train.model_fields_set and not self.sampling.temperature:
            raise ValueError("train can't learn from greedy rollouts (temperature 0): give it a sampling of its own")
        return self

    @model_validator(mode="after")
    def _training_writes_here(self) -> Self:
        if self.train is not None and not self.train.output and "://" in self.output.removeprefix("file://"):
            raise ValueError(
                f"train.output: {self.output} is not on this machine's disk, where checkpoints are written: name a "
                "folder for them"
            )
        return self

    @model_validator(mode="after")
    def _compared_models_are_others(self) -> Self:
        if self.compare and self.model is None:
            raise ValueError("compare needs a model to compare with: give model, or leave out compare")
        names: dict[str, str] = {}
        for model in [self.model, *self.compare] if self.model is not None else []:
            if (before := names.setdefault(model.slug, model.name)) != model.name:
                raise ValueError(
                    f"compare: {before} and {model.name} both have the stage name {model.slug}: rename one"
                )
        if len(names) < len(self.compare) + bool(self.compare):
            raise ValueError("compare: the same model is there twice; name each once, and not that of model")
        return self

    @model_validator(mode="after")
    def _aiming_has_a_model(self) -> Self:
        if self.aim is not None and self.model is None:
            raise ValueError("aim needs the rollouts of a model: give model, or leave out aim")
        if self.aim is not None and any(source.start for source in self.tasks.sources):
            raise ValueError("aim: its rounds go through each stream from the beginning; leave out start")
        return self

    @property
    def url(self) -> str:
        return f"{self.output.rstrip('/')}/{self.name}"

    def segments(self) -> list[Segment]:
        return [segment for source in self.tasks.sources for segment in source.segments(self.seed)]


def config_of(run: Run) -> RunConfig:
    """What a run was asked to do. Raises ConfigError where another version of Taskmill wrote it down."""
    try:
        return checked(run.config, RunConfig)
    except ConfigError as problem:
        raise ConfigError(
            f"{run.url}/run.json is of another version of Taskmill; start that run again with this one, which keeps "
            f"what still holds:\n{problem}"
        ) from None


def model_of(config: RunConfig) -> ModelConfig:
    """The model that answers a run's tasks. Raises ConfigError where the config has none."""
    if config.model is None:
        raise ConfigError(f"model: {config.name} has none, so it has no rollouts: give its config a model")
    return config.model


def predictor_config(config: RunConfig) -> PredictorConfig:
    """The predictor's own band is the run's."""
    return PredictorConfig(band_low=config.difficulty.band_low, band_high=config.difficulty.band_high)
