"""Curriculum rows made by hand, for what is decided by their columns alone."""

from schemas import CurriculumRow, Message


def row(
    index: int,
    *,
    family: str = "a",
    domain: str = "letters",
    level: int = 1,
    answer: str = "",
    pass_rate: float = 0.5,
) -> CurriculumRow:
    """A row in band whose id tells its index; its answer is its own where none is given."""
    return CurriculumRow(
        id=f"{index:08x}",
        family=family,
        domain=domain,
        level=level,
        style="plain",
        prompt=(Message("user", f"Question {index}?"),),
        answer=answer or f"answer {index}",
        payload={},
        params={},
        canonical=f"{index:032x}",
        features={},
        seed=0,
        index=index,
        version=1,
        pass_rate=pass_rate,
        pass_low=0.0,
        pass_high=1.0,
        successes=1,
        samples=2,
        model="m",
        revision="r",
        decision="in_band",
        split="train",
    )
