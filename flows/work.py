"""What workers do: functions at the top of a module, whose arguments pickle. Nothing here imports Prefect, which every
worker would then take a second or two to load."""

from collections.abc import Sequence

from filters.prior import cell_of_segment
from generators.stream import Segment, tasks_of
from pipeline.costs.meter import metered
from pipeline.store import Stage
from schemas import Task, jsontext


def write_tasks(stage: Stage[Task], shard: int, segments: Sequence[Segment]) -> None:
    """Makes and writes one shard; the bytes depend on the segments alone, so that any number of workers may."""
    with metered(stage.run_url, stage.name, stage.key, shard) as meter:
        made = (made for each in segments for made in meter.of_cell(*cell_of_segment(each), tasks_of(each)))
        info = stage.write(shard, made, inputs=[jsontext.digest(segments)])
        meter.rows_out, meter.bytes = info.rows, info.bytes
