"""The section of a loop: its numbers stand in the tables, and what is not known is left open."""

import msgspec

from pipeline.report.blocks import Note, Table
from pipeline.report.loop import Loop, LoopCell, LoopRound, Setting, loop_rows, loop_section

FIRST = LoopRound(
    number=0,
    model="m",
    made=0,
    unique=0,
    in_band=0,
    trained=0,
    rollouts=0,
    piloted=0,
    temperature=1.0,
    group_size=None,
    pass_at_1=0.12,
    low=0.08,
    high=0.17,
    most=8,
    pass_at_most=0.42,
    vote=0.13,
    best=None,
    variety=0.62,
    right_variety=None,
    distinct=1.0,
    balance=0.2,
    exploration=0.3,
    exploitation=-0.01,
)
SECOND = msgspec.structs.replace(
    FIRST, number=1, made=1200, unique=1100, in_band=30, trained=35, rollouts=999, piloted=96
)
CELLS = (
    LoopCell(name="sums 2", tasks=102, failed=0.4, accuracy=0.3, slope=0.0, expected=0.4, weak=True),
    LoopCell(name="sums 3", tasks=18, failed=1.0, accuracy=0.0, slope=0.0, expected=0.01, weak=False),
)
LOOP = Loop(
    rounds=(FIRST, SECOND),
    plans=(CELLS,),
    pilots=((Setting(temperature=0.7, samples=8, balance=0.3, pass_at_1=0.2, chosen=True),),),
    warned=((1, "held-out fell", "fewer samples are right"),),
    asked=5,
    ended=True,
)


def test_the_tables_hold_the_rounds_the_plans_and_the_pilots() -> None:
    blocks = loop_section(LOOP)
    rounds, _, plans, pilots = (block for block in blocks if isinstance(block, Table))
    assert rounds.rows[0] == ("0", "", "", "", "0.12", "0.08-0.17", "0.42", "0.13", "0.62", "0.20")
    assert rounds.rows[1][:4] == ("1", "1,200", "1,100", "30")
    assert plans.rows == (("sums 2", "102 · 40% failed"), ("sums 3", "18"))
    assert pilots.rows == (("1", "0.7", "8", "0.20", "0.300", "chosen"),)
    assert [block.head for block in blocks if isinstance(block, Note)] == ["held-out fell", "ended"]


def test_the_summary_counts_what_was_paid_and_says_what_to_notice() -> None:
    rows = loop_rows(LOOP)
    assert rows["rounds"] == "1 of 5, ended by patience"
    assert rows["held-out pass@8"] == "0.42 → 0.42"
    assert rows["rollouts"] == "999, and 96 of pilots"
    assert rows["held-out fell, round 1"] == "fewer samples are right"
