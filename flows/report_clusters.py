"""What the report says of duplicates: from the stages `unique` and `removed`."""

import polars as pl

from flows.report_frames import frame_of, tasks_of
from pipeline.report.clusters import Cluster, Clusters
from pipeline.store import Stage
from schemas import Removed, Task
from trainer.samples import asked

SHOWN, COPIES = 5, 3
"""The largest clusters, and how many of those left out are shown of each."""


def clusters_of(unique: Stage[Task], removed: Stage[Removed]) -> Clusters | None:
    """The clusters of a run, None where nothing was left out."""
    rows = frame_of(removed, ["id", "kept_id", "method"])
    if not rows.height:
        return None
    sizes = rows.group_by("kept_id").agg(copies=pl.len() + 1, method=pl.col("method").first())
    counts = sizes.group_by("copies").len().sort("copies")
    ids = frame_of(unique, ["id"])
    here = sizes.join(ids, left_on="kept_id", right_on="id", how="semi")  # others repeat a task of `tasks.apart_from`
    largest = here.sort("copies", "kept_id", descending=[True, False]).head(SHOWN)
    places = ids.filter(pl.col("id").is_in(largest["kept_id"].to_list()))
    kept = tasks_of(unique, places)
    members = rows.filter(pl.col("kept_id").is_in(largest["kept_id"].to_list()))
    members = members.group_by("kept_id", maintain_order=True).head(COPIES)
    others = tasks_of(removed, members)
    return Clusters(
        sizes=dict(counts.iter_rows()),
        shown=tuple(
            Cluster(
                family=kept[name].family,
                level=kept[name].level,
                copies=copies,
                method=method,
                kept=asked(kept[name]),
                left_out=tuple(asked(others[each]) for each in members.filter(pl.col("kept_id") == name)["id"]),
            )
            for name, copies, method in largest.select("kept_id", "copies", "method").iter_rows()
        ),
    )
