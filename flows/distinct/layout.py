"""Where the pieces of a run are."""

from typing import NamedTuple


class Layout(NamedTuple):
    """`folder` has what was made from the same sources by the same config, `embedded` the vectors, which hang on less
    of it. Document i of all is row i % shard_size of
    shard i // shard_size: its place is i. Picklable."""

    folder: str
    embedded: str
    shards: int
    shard_size: int

    def documents(self, shard: int) -> str:
        return f"{self.folder}/documents/{shard:05}.parquet"

    def keys(self, shard: int) -> str:
        return f"{self.folder}/keys/{shard:05}.parquet"

    def exact(self, method: str, partition: int) -> str:
        return f"{self.folder}/exact/{method}-{partition:05}.parquet"

    @property
    def active(self) -> str:
        return f"{self.folder}/active.parquet"

    def vectors(self, shard: int) -> str:
        return f"{self.embedded}/{shard:05}.parquet"

    def cells(self, group: int, shard: int) -> str:
        return f"{self.folder}/cells/{group:016x}/{shard:05}.parquet"

    def pairs(self, unit: str) -> str:
        return f"{self.folder}/pairs/{unit}.parquet"

    def agreed(self, unit: str) -> str:
        return f"{self.folder}/agreed/{unit}.parquet"

    def former(self, shard: int) -> str:
        return f"{self.folder}/former/{shard:05}.parquet"

    def removals(self, shard: int) -> str:
        return f"{self.folder}/removals/{shard:05}.parquet"
