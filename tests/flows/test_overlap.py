"""`taskmill overlap A B` says what of A is in B, for people and as JSON, and what it could not read."""

import json
from pathlib import Path

import msgspec
import pytest

from flows.cli import app, exit_code
from generators.family import make_task
from generators.registry import family_named
from pipeline.store import open_run, read_shards
from schemas import Hit, Task, jsontext

QUESTION = "Mira bakes 12 trays of rolls with 8 rolls on each tray and sells 59 of them. How many rolls has she then?"


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    path = tmp_path / "bench.jsonl"
    path.write_text(json.dumps({"problem": QUESTION, "answer": "37"}) + "\n" + json.dumps({"problem": "Why?"}) + "\n")
    return path


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    rows = [{"prompt": f"Think. {QUESTION}"}, {"prompt": "Who?"}, {"prompt": QUESTION.replace("59", "58")}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def told(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = exit_code(lambda: app(["overlap", *arguments], standalone_mode=True))
    out, err = capfd.readouterr()
    return code, out, err


def test_hits_are_counted_shown_and_written(
    bench: Path, prompts: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hits.parquet"
    code, said, _ = told(capfd, str(prompts), str(bench), "--json", "--out", str(out))
    found = json.loads(said)
    assert code == 0
    assert (found["problems"], found["items"], found["hit"], found["items_hit"], found["unread"]) == (3, 2, 1, 1, 0)
    assert found["share"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["methods"] == {"canonical": 0, "exact": 1, "text": 0, "near": 0, "semantic": 0}
    written = list(read_shards(str(out), Hit))
    assert [msgspec.to_builtins(hit) for hit in written] == found["examples"]
    assert (written[0].id, written[0].benchmark, written[0].item) == ("prompts:1", "bench", "bench:1")
    code, said, _ = told(capfd, str(prompts), str(bench))
    assert code == 0
    assert "1 of 3" in said
    assert "the whole text of the item stands in it" in said


def test_a_row_that_can_not_be_read_is_said_and_the_rest_is_compared(
    bench: Path, prompts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    prompts.write_text("no json\n" + prompts.read_text())
    code, said, err = told(capfd, str(prompts), str(bench), "--json")
    assert code == 1
    assert json.loads(said)["hit"] == 1
    assert "prompts.jsonl:1: not a JSON object" in err
    assert "1 rows could not be read" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--set", "rules.neer=1"], 2, "did you mean near"),
        (["--set", "a.text=question"], 1, "columns.text"),
    ],
)
def test_what_is_wrong_is_said(
    arguments: list[str], code: int, words: str, bench: Path, prompts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ended, _, err = told(capfd, str(prompts), str(bench), *arguments)
    assert ended == code
    assert words in err


def test_a_place_without_problems_is_named(bench: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = told(capfd, str(bench), str(tmp_path / "none"))
    assert code == 1
    assert "none" in err


def test_a_run_is_found_in_the_export_of_another(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An export says family and payload, and the prompt is another: the family says which problem it is."""
    made = [make_task(family_named("grids.sudoku"), level=2, seed=0, index=index) for index in range(6)]
    run = open_run(str(tmp_path / "run"), config={}, seed=0)
    stage = run.stage("tasks", Task, count=1, key={})
    stage.write(0, made[:4])
    stage.seal()
    rows = [
        {
            "prompt": [{"role": "user", "content": "A board."}],
            "extra_info": {"family": task.family, "version": 1, "payload": jsontext.dumps(task.payload)},
        }
        for task in made[2:]
    ]
    (tmp_path / "export.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, said, _ = told(capfd, run.url, str(tmp_path / "export.jsonl"), "--json")
    assert code == 0
    assert json.loads(said)["methods"]["canonical"] == 2


def test_nothing_to_look_for_is_told_and_names_of_rows_steer_no_terminal(
    bench: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.jsonl").write_text("\n")
    code, _, err = told(capfd, str(tmp_path / "none.jsonl"), str(bench))
    assert code == 1
    assert "no problems to look for" in err
    (tmp_path / "named.jsonl").write_text(json.dumps({"id": "a\x1b[2J[bold]b\n", "prompt": QUESTION}))
    code, said, _ = told(capfd, str(tmp_path / "named.jsonl"), str(bench))
    assert code == 0
    assert "\x1b[2J" not in said
    assert "[bold]b is bench:1" in said


def test_without_an_encoder_the_way_without_is_told(
    bench: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told_otherwise = {"prompt": "Of 12 trays of 8 rolls each, Mira sold 59. What is left?", "answer": "37"}
    (tmp_path / "a.jsonl").write_text(json.dumps(told_otherwise))
    code, said, err = told(capfd, str(tmp_path / "a.jsonl"), str(bench), "--set", "rules.encoder=/none")
    assert (code, said) == (1, "")
    assert "rules.semantic: false compares without an encoder" in err
