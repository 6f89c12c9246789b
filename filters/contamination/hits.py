"""Hits of many problems in many benchmarks."""

from collections.abc import Callable, Mapping, Sequence

from filters.contamination.benchmark import Benchmark, Template
from filters.contamination.config import RulesConfig
from filters.contamination.meaning import Encodes, found_by_meaning
from filters.contamination.rules import found_in, hit_of
from filters.contamination.templates import Usual, usual_for
from schemas import Document, Hit


def hits(
    problems: Sequence[Document],
    benchmarks: Sequence[Benchmark],
    usual: Mapping[str, Usual],
    rules: RulesConfig,
    encoder: Callable[[], Encodes],
) -> list[Hit]:
    """At most one hit a problem and benchmark, by problem, then by benchmark.

    `usual` says by the benchmark's name what is usual for each source of the problems. The `encoder` is asked for only
    where it is needed.
    """
    told: dict[tuple[int, int], Hit] = {}
    for number, benchmark in enumerate(benchmarks):
        templates: dict[str, Template] = {}
        left: list[int] = []
        for place, problem in enumerate(problems):
            if problem.source not in templates:
                own = usual_for(problem.source, usual.get(benchmark.name, {}))
                templates[problem.source] = benchmark.template(own, rules.usual)
            found = found_in(problem, benchmark, templates[problem.source], rules)
            if found is None:
                left.append(place)
            else:
                told[place, number] = hit_of(problem, benchmark, found)
        if rules.semantic:
            meant = found_by_meaning([problems[place] for place in left], benchmark, rules, encoder)
            for place, found in zip(left, meant, strict=True):
                if found is not None:
                    told[place, number] = hit_of(problems[place], benchmark, found)
    return [told[key] for key in sorted(told)]
