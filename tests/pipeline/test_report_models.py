"""The report's section on several models: whatever they are called, and whether or not one scale describes them."""

import msgspec

from pipeline.report.html import html_of
from pipeline.report.models import ModelRow, Models, models_section, summary_rows, verdict

ROW = ModelRow(
    name="a",
    samples=1200,
    pass_rate=0.5,
    ability=0.25,
    low=0.1,
    high=0.4,
    infit=1.0,
    outfit=1.0,
    off=0.0,
    holds=True,
)


def models(*rows: ModelRow, gap: float | None = 0.25) -> Models:
    rates = {"logic.zebra 1": [0.5, *(None for _ in rows[1:])]}
    return Models(rows=rows, rates=rates, strong=rows[0].name, weak=rows[-1].name, gap=gap)


def test_a_model_that_the_scale_does_not_describe_is_named_and_no_other() -> None:
    odd = msgspec.structs.replace(ROW, name="odd", holds=False)
    assert "One scale does not describe odd: " in verdict(models(ROW, odd))
    assert verdict(models(ROW, ROW)).startswith("One scale describes these models")
    section = html_of(models_section(models(ROW, odd)))
    assert section.count("does not hold") == 1
    assert "–" in section


def test_the_summary_names_the_ablest_first_and_leaves_out_a_gap_of_none() -> None:
    able = msgspec.structs.replace(ROW, name="able", ability=1.0, low=0.9, high=1.1)
    rows = summary_rows(models(ROW, able))
    assert rows["abilities"] == "able +1.00 ± 0.10, a +0.25 ± 0.15"
    assert rows["gap"] == "0.250: a less able, mean over tasks"
    assert "gap" not in summary_rows(models(ROW, able, gap=None))


def test_a_name_is_text_and_nothing_else() -> None:
    section = html_of(models_section(models(msgspec.structs.replace(ROW, name="<script>alert(1)</script>"), ROW)))
    assert "<script" not in section
    assert "&lt;script&gt;" in section


def test_models_at_one_place_have_a_chart() -> None:
    still = msgspec.structs.replace(ROW, low=0.25, high=0.25)
    assert "nan" not in html_of(models_section(models(still, still)))
