"""The command line as a user meets it: pipes, exit codes, messages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import app, exit_code

REPOSITORY = Path(__file__).parents[2]


def taskmill(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=REPOSITORY,
    )


def response_lines(tasks: list[dict[str, object]], answers: list[str]) -> str:
    pairs = zip(tasks, answers, strict=True)
    return "".join(
        json.dumps({"task": task, "response": f"<answer>{answer}</answer>"}) + "\n" for task, answer in pairs
    )


def sampled(*arguments: str) -> list[dict[str, object]]:
    done = taskmill("sample", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_gold_answers_piped_back_score_one_and_a_changed_cell_is_wrong() -> None:
    tasks = sampled("grids.sudoku", "-n", "3", "--level", "3")
    golds = [str(task["answer"]) for task in tasks]
    right = taskmill("check", text=response_lines(tasks, golds))
    assert right.returncode == 0
    assert [json.loads(line)["score"] for line in right.stdout.splitlines()] == [1.0, 1.0, 1.0]

    changed = [("2" if gold[0] == "1" else "1") + gold[1:] for gold in golds]
    wrong = taskmill("check", "-", text=response_lines(tasks, changed))
    verdicts = [json.loads(line) for line in wrong.stdout.splitlines()]
    assert [verdict["reason"] for verdict in verdicts] == ["wrong"] * 3
    assert all(verdict["score"] < 1.0 for verdict in verdicts)


def test_check_reads_a_file_and_answers_every_line_whatever_stands_in_it(tmp_path: Path) -> None:
    task = sampled("arithmetic.chain")[0]
    good = response_lines([task], [str(task["answer"])])
    other_family = response_lines([{**task, "family": "arithmetic.chane"}], ["1"])
    no_mark = json.dumps({"task": task, "response": "it is what it is"}) + "\n"
    path = tmp_path / "responses.jsonl"
    path.write_text(good + "not json\n" + "\n" + other_family + '{"task": 1}\n' + no_mark)
    done = taskmill("check", str(path))
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [verdict["reason"] for verdict in verdicts] == ["correct", "error", "error", "error", "missing"]
    assert [verdict["score"] for verdict in verdicts] == [1.0, None, None, None, 0.0]
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "arithmetic.chain" in done.stderr


def test_the_same_seed_gives_the_same_tasks_and_another_gives_others() -> None:
    first = sampled("strings.word_sorting", "-n", "4", "--seed", "5", "--level", "2")
    assert first == sampled("strings.word_sorting", "-n", "4", "--seed", "5", "--level", "2")
    other = sampled("strings.word_sorting", "-n", "4", "--seed", "6", "--level", "2")
    assert {task["id"] for task in first}.isdisjoint(task["id"] for task in other)


def test_families_lists_all_with_levels_and_styles() -> None:
    rows = json.loads(taskmill("families", "--json").stdout)
    assert len(rows) >= 16
    assert all(len(row["levels"]) >= 8 and row["styles"] for row in rows)
    assert "grids.sudoku" in taskmill("families").stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["sample", "grids.sodoku"], "did you mean grids.sudoku"),
        (["sample", "grids.sudoku", "--level", "99"], "grids.sudoku has levels 1 to"),
        (["sample", "grids.sudoku", "--style", "haiku"], "grids.sudoku has the styles"),
        (["sample"], "Missing argument"),
        (["check", "nowhere.jsonl"], "nowhere.jsonl: can't be read"),
        (["run", "configs/demo.yaml", "--set", "difficulty.bandlow=0.1"], "did you mean band_low"),
        (["train", "nowhere.yaml"], "nowhere.yaml: can't be read"),
        (["frobnicate"], "No such command"),
    ],
)
def test_bad_usage_exits_with_two_and_says_what_is_allowed(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert exit_code(lambda: app(arguments)) == 2
    assert expected in capsys.readouterr().err


def test_a_bad_command_line_ends_the_process_with_two_and_no_traceback() -> None:
    done = taskmill("run", "nowhere.yaml")
    assert done.returncode == 2, done.stderr
    assert "nowhere.yaml: can't be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_of_nothing_fails_with_one_and_says_what_is_missing(tmp_path: Path) -> None:
    done = taskmill("report", str(tmp_path))
    assert done.returncode == 1
    assert "is not a run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_trains_as_its_own_config_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", str(tmp_path), "--set", "steps=1"]
    assert exit_code(lambda: app(command, standalone_mode=False)) == 2
    assert "a run trains as its own config says" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["dedup", "rollout", "compare", "select", "curriculum", "pairs", "steps", "rubrics"]
)
def test_every_flow_on_a_runs_folder_is_a_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(lambda: app([command])) == 2
    assert f" {command} [OPTIONS] {{run}}" in capsys.readouterr().err
