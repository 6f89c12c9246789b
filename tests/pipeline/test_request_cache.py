"""The request cache gives what the engine would, never another's answer, and what it was given survives a crash."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.cache import CachedEngine, sample_keys, terms_of
from pipeline.engines.completions import CompletionStore
from pipeline.engines.protocol import Completion, EngineError, Request, Sampling
from schemas import Message
from tests.pipeline.cache_job import completion_of, key_of
from tests.pipeline.echo_engine import SAMPLING, Echo, answers, asking

ROOT = Path(__file__).parents[2]


FEW = st.integers(0, 2)
MESSAGES = st.lists(st.builds(Message, st.sampled_from(["user", "system"]), st.sampled_from(["a", "b"])), max_size=2)
SAMPLINGS = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.5, 1.0]),
    top_p=st.sampled_from([0.5, 1.0]),
    top_k=FEW,
    max_tokens=st.integers(1, 2),
    stop=st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple),
)
ENGINES = st.builds(
    Echo,
    kind=st.sampled_from(["transformers", "vllm", "server"]),
    model=st.sampled_from(["m", "m1"]),
    revision=st.sampled_from(["1", "11"]),
    options=st.sampled_from(["", "x"]),
)
REQUESTS = st.lists(
    st.tuples(
        st.lists(FEW, max_size=2).map(tuple), MESSAGES.map(tuple), st.lists(FEW, max_size=3, unique=True).map(tuple)
    ),
    max_size=4,
)
CALLS = st.lists(st.tuples(ENGINES, SAMPLINGS, REQUESTS), min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(calls=CALLS)
def test_whatever_was_asked_before_an_answer_is_that_of_the_engine_itself(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[Echo, Sampling, list[Any]]]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    for engine, sampling, rows in calls:
        requests = [
            Request(id=str(place), prompt_ids=ids, messages=messages, seeds=seeds)
            for place, (ids, messages, seeds) in enumerate(rows)
        ]
        expected = {
            (request.id, sample): engine.answer(request, sample, sampling)
            for request in requests
            for sample in range(len(request.seeds))
        }
        cached = CachedEngine(engine, CompletionStore(folder), {"options": engine.options})
        assert answers(cached, requests, sampling) == expected
        assert (cached.asked, cached.hits) == (len(expected), len(expected) - len(engine.made))
        engine.made.clear()
        assert answers(cached, requests, sampling) == expected
        assert engine.made == []
        cached.close()


@pytest.mark.parametrize(
    ("engine", "settings", "request_"),
    [
        (Echo(kind="vllm"), {}, asking("p", 1)),
        (Echo(model="m2"), {}, asking("p", 1)),
        (Echo(revision="2"), {}, asking("p", 1)),
        (Echo(), {"context": 100}, asking("p", 1)),
        (Echo(), {}, asking("p", 2)),
        (Echo(), {}, asking("pp", 1)),
        (Echo(), {}, Request(id="a", prompt_ids=(), messages=(Message("user", "p"),), seeds=(1,))),
        (Echo(), {}, Request(id="a", prompt_ids=(), messages=(Message("user", "q"),), seeds=(1,))),
        (Echo(), {}, Request(id="a", prompt_ids=(), messages=(Message("system", "p"),), seeds=(1,))),
    ],
)
def test_one_change_anywhere_is_another_sample(engine: Echo, settings: dict[str, int], request_: Request) -> None:
    def key(engine: Echo, settings: dict[str, int], request: Request) -> list[bytes]:
        return list(sample_keys(terms_of(engine, settings, SAMPLING), request))

    assert key(engine, settings, request_) != key(Echo(), {}, asking("p", 1))
    assert key(Echo(), {}, asking("p", 1)) == key(Echo(), {}, asking("p", 1, name="another"))


def changed(field: str, value: Any) -> Any:
    """Another valid value of a field of a sampling, for fields to come too."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value / 2 if field in ("temperature", "top_p") else value + 1
    return (*value, "x") if isinstance(value, tuple) else f"{value}x"


@pytest.mark.parametrize("field", Sampling.__struct_fields__)
def test_each_field_of_the_sampling_is_in_the_key(field: str) -> None:
    other = msgspec.structs.replace(SAMPLING, **{field: changed(field, getattr(SAMPLING, field))})
    assert terms_of(Echo(), {}, SAMPLING) != terms_of(Echo(), {}, other)


def test_a_field_that_sampling_will_have_one_day_is_in_the_key_by_itself() -> None:
    class Later(Sampling, frozen=True, kw_only=True):
        min_p: float = 0.0

    assert terms_of(Echo(), {}, Later()) != terms_of(Echo(), {}, Later(min_p=0.1))


def test_a_seed_that_is_repeated_in_a_request_stands_for_as_many_samples() -> None:
    assert len(set(sample_keys("", asking("p", 7, 7, 8, 7)))) == 4
    assert list(sample_keys("", asking("p", 7, 8))) == list(sample_keys("", asking("p", 7, 8, name="b")))


def test_only_what_is_missing_is_asked_for_and_known_samples_do_not_wait_for_it(tmp_path: Path) -> None:
    engine = Echo()
    cached = CachedEngine(engine, CompletionStore(tmp_path))
    answers(cached, [asking("p", 1, 2), asking("q", 1, name="b")])
    engine.made.clear()
    stream = cached.generate([asking("p", 3, 2, 4), asking("q", 1, name="b")], SAMPLING)
    first = [next(stream), next(stream)]
    assert [(each.request_id, each.sample) for each in first] == [("a", 1), ("b", 0)]
    assert engine.made == []
    assert sorted((each.request_id, each.sample) for each in stream) == [("a", 0), ("a", 2)]
    assert sorted(engine.made) == [("a", 3), ("a", 4)]


def test_requests_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    for _ in range(2):
        cached = CachedEngine(Echo(), CompletionStore(tmp_path))
        found = [each.text for each in cached.generate([asking("p", 1), asking("q", 1)], SAMPLING)]
        assert found == [Echo().answer(asking(text, 1), 0, SAMPLING).text for text in "pq"]


def test_what_was_made_before_the_engine_failed_is_kept(tmp_path: Path) -> None:
    class Failing(Echo):
        def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
            for made, completion in enumerate(super().generate(requests, sampling)):
                if made == 2:
                    raise EngineError("the server is gone")
                yield completion

    with pytest.raises(EngineError, match="gone"):
        answers(CachedEngine(Failing(), CompletionStore(tmp_path)), [asking("p", 1, 2, 3, 4)])
    engine = Echo()
    answers(CachedEngine(engine, CompletionStore(tmp_path)), [asking("p", 1, 2, 3, 4)])
    assert engine.made == [("a", 2), ("a", 1)]


def test_scores_and_prompts_are_those_of_the_engine(tmp_path: Path) -> None:
    cached = CachedEngine(Echo(), CompletionStore(tmp_path))
    assert cached.encode([Message("user", "ab")], "c") == (97, 98, 99)
    assert cached.score([[1, 2]], [[3]]) == [[-2.0]]
    assert (cached.kind, cached.model, cached.revision) == ("transformers", "m", "1")


def test_any_damaged_byte_of_a_sample_makes_it_a_miss_with_a_warning(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    kept = completion_of("a", 40)
    store.put(key_of("a", 40), kept)
    assert store.get(key_of("a", 40)) == kept
    [(digest, value)] = store._database.execute("SELECT digest, value FROM completions").fetchall()
    for column, whole in (("digest", digest), ("value", value)):
        for place in range(0, len(whole), 7):
            torn = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
            store._database.execute(f"UPDATE completions SET {column} = ?", (torn,))
            with pytest.warns(UserWarning, match="made anew"):
                assert store.get(key_of("a", 40)) is None
        store._database.execute(f"UPDATE completions SET {column} = ?", (whole,))
    store._database.execute("UPDATE completions SET key = ?", (key_of("a", 41),))
    with pytest.warns(UserWarning, match="its checksum is wrong"):
        assert store.get(key_of("a", 41)) is None
    store.put(key_of("a", 41), kept)
    assert store.get(key_of("a", 41)) == kept


def test_a_file_with_holes_costs_samples_and_never_gives_a_wrong_one(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    for number in range(300):
        store.put(key_of("a", number), completion_of("a", number))
    store.close()
    file = tmp_path / "completions.sqlite"
    data = bytearray(file.read_bytes())
    for start in range(4096 * 3, len(data) - 4096, 4096 * 5):  # every fifth page
        data[start : start + 4096] = b"\xa5" * 4096
    file.write_bytes(data)
    store = CompletionStore(tmp_path)
    with pytest.warns(UserWarning, match="made anew"):
        found = [store.get(key_of("a", number)) for number in range(300)]
    assert all(each in (None, completion_of("a", number)) for number, each in enumerate(found))
    assert 0 < found.count(None) < 300


def test_a_file_that_is_no_cache_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "completions.sqlite").write_text("not a database at all, " * 100)
    with pytest.raises(EngineError, match="or delete this one"):
        CompletionStore(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="name another folder"):
        CompletionStore(tmp_path / "file")


def filling(folder: Path, name: str, count: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.pipeline.cache_job", str(folder), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_processes_share_a_folder_and_a_killed_one_loses_nothing_it_had_kept(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    processes = {name: filling(tmp_path, name, 10_000 if name == "c" else 300) for name in names}
    for process in processes.values():
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
    for process in processes.values():
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    killed = processes.pop("c")
    assert killed.stdout is not None
    for _ in range(200):
        last = int(killed.stdout.readline())
    killed.kill()
    last = max([last, *map(int, killed.communicate()[0].split(b"\n")[:-1])])
    assert [process.communicate()[0].split()[-1] for process in processes.values()] == [b"299"] * 2
    store = CompletionStore(tmp_path)
    for name, count in (("a", 300), ("b", 300), ("c", last + 1)):
        for number in range(count):
            assert store.get(key_of(name, number)) == completion_of(name, number)
    store.close()
