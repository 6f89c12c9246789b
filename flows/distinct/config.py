"""The config of `taskmill distinct`."""

from pydantic import ByteSize, Field

from flows.workers.config import RunnerConfig
from pipeline.config import Section
from pipeline.documents import Columns
from pipeline.models.encoder import Device


class LexicalConfig(Section):
    """Candidates by words."""

    window: int = Field(8, ge=0, le=1000, description="texts of a bucket that one is compared with; 0: none by words")


class SemanticConfig(Section):
    """Candidates by sense."""

    neighbours: int = Field(8, ge=0, le=1000, description="nearest texts that one is compared with; 0: none by sense")
    cosine: float = Field(0.7, ge=-1, le=1, description="how near they have to be at least")
    encoder: str = Field("all-minilm-l6-v2", description="a packaged encoder, a folder or a hub id")
    device: Device = Field("auto", description="auto takes a GPU where there is one")
    masked: bool = Field(False, description="embed texts with their names and numbers masked")


class DistinctConfig(Section):
    """How documents of files are compared; the bytes don't depend on `memory`, `workers` and `runner`."""

    seed: int = Field(0, ge=0, description="draws what k-means learns from")
    columns: Columns = Field(Columns(), description="which columns to read; guessed when left out")
    index: str = Field(
        "", description="folder of an index of former files and runs: what it has is removed, what stays is put into it"
    )
    shard_size: int = Field(10_000, ge=1, description="rows a shard; a shard is the unit of work and of resuming")
    lexical: LexicalConfig = Field(LexicalConfig(), description="candidates by words")
    semantic: SemanticConfig = Field(SemanticConfig(), description="candidates by sense")
    memory: ByteSize = Field(
        ByteSize(2_000_000_000), ge=1_000_000, description="what the comparing of documents may take, in each worker"
    )
    workers: int = Field(1, ge=1, description="shards and parts worked on at once")
    runner: RunnerConfig = Field(RunnerConfig(), description="where they are worked on")

    @property
    def near(self) -> bool:
        """Whether documents are compared that have no key in common."""
        return bool(self.lexical.window or self.semantic.neighbours)
