"""The labelled corpus: its mix, and that labels come from how a document was made."""

from collections import Counter

import pytest

from benchmarks.dedup_contamination import judged, split
from benchmarks.dedup_corpus import OTHER, SAME, Labelled, corpus, our_sources
from benchmarks.dedup_corpus.genres import GENRES
from benchmarks.dedup_corpus.stories import key_of, story_source
from benchmarks.dedup_corpus.table import read, written
from benchmarks.dedup_corpus.telling import SENTENCES
from benchmarks.dedup_score import scored
from generators.registry import BUNDLED
from pipeline.seeding import generator

SIZE = 500


@pytest.fixture(scope="module")
def documents() -> list[Labelled]:
    return corpus(SIZE, seed=1, sources=our_sources())


def test_the_mix_is_as_it_is_told(documents: list[Labelled]) -> None:
    kinds = Counter("same" if one.kind in SAME else "other" if one.kind in OTHER else one.kind for one in documents)
    assert kinds == {"base": 300, "same": 115, "other": 85}
    for kinds_of in (SAME, OTHER):
        each = Counter(one.kind for one in documents if one.kind in kinds_of)
        assert set(each) == set(kinds_of)
        assert max(each.values()) - min(each.values()) <= 1
    assert {one.document.source for one in documents} >= set(BUNDLED)
    assert len({one.document.id for one in documents}) == SIZE


def test_a_duplicate_has_its_base_s_problem_and_a_near_duplicate_one_of_its_own(documents: list[Labelled]) -> None:
    by_id = {one.document.id: one for one in documents}
    there = Counter(one.problem for one in documents)
    for one in documents:
        if one.kind in SAME:
            assert one.problem == by_id[one.of].problem
            assert (one.document.text == by_id[one.of].document.text) == (one.kind == "copy")
        else:
            assert one.kind == "base" or there[one.problem] == 1
    assert len({one.problem for one in documents if one.kind == "base"}) == 300


def test_the_corpus_is_a_function_of_size_and_seed(documents: list[Labelled]) -> None:
    assert corpus(SIZE, seed=1, sources=our_sources()) == documents
    assert corpus(SIZE, seed=2, sources=our_sources()) != documents


def test_the_corpus_is_read_as_it_was_written(
    documents: list[Labelled], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("corpus") / "corpus.parquet"
    written(documents, path)
    assert read(path) == documents


@pytest.mark.parametrize("genre", GENRES, ids=lambda genre: genre.name)
def test_a_story_s_key_is_blind_to_disguises_and_sees_changes(genre) -> None:  # type: ignore[no-untyped-def]
    source = story_source(genre, SENTENCES[genre.name])
    made = Counter[str]()
    for index in range(12):
        story = source.draw(generator(3, genre.name, index))
        assert genre.solve(story) is not None
        for kind, maker in source.same.items():
            disguised = maker(story, generator(4, genre.name, index, kind))
            assert disguised is not None
            assert key_of(genre, disguised) == key_of(genre, story), kind
            assert genre.solve(disguised) is not None
        for kind, maker in source.other.items():
            changed = maker(story, generator(5, genre.name, index, kind))
            if changed is not None and key_of(genre, changed) != key_of(genre, story):
                made[kind] += 1
                assert source.text(changed) != source.text(story)
    assert set(made) == set(source.other)


def test_scores_of_a_method_that_is_right_and_of_one_that_is_wrong(documents: list[Labelled]) -> None:
    right = scored(documents, {one.document.id: one.of for one in documents if one.kind in SAME})
    assert (right["precision"], right["recall"], right["lost"]) == (1.0, 1.0, 0)
    assert set(right["found"].values()) == {1.0}
    wrong = scored(documents, {one.document.id: one.of for one in documents if one.kind in OTHER})
    assert (wrong["precision"], wrong["recall"], wrong["lost"]) == (0.0, 0.0, 85)
    assert set(wrong["destroyed"].values()) == {1.0}
    everything = scored(documents, {one.document.id: documents[0].document.id for one in documents[1:]})
    assert everything["lost"] == everything["problems"] - 1


def test_contamination_is_judged_by_the_labels(documents: list[Labelled]) -> None:
    parts = split(documents)
    problems = {one.problem for one in parts.items}
    planted = {one.document.id for one in parts.others if one.problem in problems}
    clean = {one.document.id for one in parts.others} - planted
    right, wrong = judged(parts, planted), judged(parts, clean)
    assert (right["false_flags"], right["near_flags"], right["found"], right["found_with_key"]) == (0, 0, 1, 1)
    assert (wrong["false_flags"], wrong["near_flags"], wrong["found"], wrong["found_with_key"]) == (1, 1, 0, 0)
    assert len(parts.items) == 24
    assert right["planted"] == len(planted) >= 12
