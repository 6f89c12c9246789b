"""Which problems are items of a benchmark, and how that shows.

benchmark = benchmark_of("gsm", list(documents_of("gsm.jsonl")))
usual = {"gsm": usual_of(samples(problems), benchmark, rules.usual)}
for hit in hits(problems, [benchmark], usual, rules, encoder):
    print(hit.id, hit.item, hit.method, hit.reason)
"""

from filters.contamination.benchmark import Benchmark, benchmark_of
from filters.contamination.config import BenchmarkConfig, ContaminationConfig, RulesConfig
from filters.contamination.hits import hits
from filters.contamination.templates import Usual, samples, usual_of

__all__ = [
    "Benchmark",
    "BenchmarkConfig",
    "ContaminationConfig",
    "RulesConfig",
    "Usual",
    "benchmark_of",
    "hits",
    "samples",
    "usual_of",
]
