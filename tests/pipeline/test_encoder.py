"""The encoder: a text's vector is its own, whatever is read beside it, and a real one knows paraphrases."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.models.encoder import Encoder, likeness
from pipeline.models.encoders import resolve_encoder
from pipeline.models.errors import ModelError
from rubrics.judges.baselines import EncoderJudge
from rubrics.judges.contract import Case
from tests.encoders import save_random_encoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def random_encoder(folder: Path) -> Encoder:
    return Encoder.load(str(folder))


def by_hand(folder: Path, text: str, pooled: str) -> Any:
    from transformers import AutoModel, AutoTokenizer

    read = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.no_grad():
        told = AutoModel.from_pretrained(folder).eval()(**read).last_hidden_state[0].double()
    one = (told.mean(0) if pooled == "mean" else told[0]).numpy()
    return one / np.linalg.norm(one)


def test_vectors_are_means_of_tokens_whatever_is_read_beside_them(random_encoder: Encoder, folder: Path) -> None:
    texts = ["a man eats", "x", "3 plus 4 is 7 " * 10, "a man eats", *(f"number {number}" for number in range(40))]
    told = random_encoder.vectors(texts)
    assert told.shape == (len(texts), 16)
    for text in set(texts[:4]):
        assert told[texts.index(text)] == pytest.approx(by_hand(folder, text, "mean"), abs=1e-5)
    assert told[0] == pytest.approx(told[3], abs=1e-6)
    assert random_encoder.vectors([]).shape[0] == 0


def test_texts_of_many_threads_are_read_in_turns() -> None:
    class Watched:
        max_seq_length, under_way = None, 0

        def encode(self, given: list[str], **_: Any) -> Any:
            self.under_way += 1
            time.sleep(0.002)  # others come meanwhile
            assert self.under_way == 1
            self.under_way -= 1
            return np.ones((len(given), 2))

    encoder = Encoder(Watched(), name="watched")
    with ThreadPoolExecutor(4) as threads:
        assert all(len(told) == 1 for told in threads.map(encoder.vectors, [["a"]] * 8))


def test_likeness_is_a_cosine_and_hostile_texts_are_cut(random_encoder: Encoder) -> None:
    same, other, hostile = likeness(
        random_encoder, ["a man", "a man", "z" * 10_000_000], ["a man", "3 7 9", "\ud800" + "z" * 1000]
    )
    assert same == pytest.approx(1.0)
    assert -1 <= other < 0.999
    assert -1 <= hostile <= 1


def test_the_judge_compares_with_the_reference_where_there_is_one(random_encoder: Encoder) -> None:
    cases = [
        Case(prompt="", response="seven"),
        Case(prompt="", response="seven", reference="seven"),
        Case(prompt="", response="a", reference="seven"),
    ]
    none, same, other = EncoderJudge(random_encoder).judge(cases)
    assert none.score is None
    assert same.score == pytest.approx(1.0)
    assert other.score is not None
    assert 0 <= other.score < 1


@pytest.fixture(scope="module")
def with_modules(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer

    path = tmp_path_factory.mktemp("modules")
    SentenceTransformer(modules=[Transformer(str(folder)), Pooling(16, pooling_mode="cls")], device="cpu").save(
        str(path)
    )
    return path


def test_an_encoder_is_pooled_as_its_own_modules_say(with_modules: Path, folder: Path) -> None:
    told = Encoder.load(str(with_modules)).vectors(["a man eats"])[0]
    assert told == pytest.approx(by_hand(folder, "a man eats", "cls"), abs=1e-5)


def test_how_it_is_pooled_is_part_of_the_revision(with_modules: Path) -> None:
    before = resolve_encoder(str(with_modules)).revision
    config = next(with_modules.glob("1_*/config.json"))
    text = config.read_text()
    try:
        config.write_text(text.replace("cls", "max"))
        assert resolve_encoder(str(with_modules)).revision != before
    finally:
        config.write_text(text)
    assert resolve_encoder(str(with_modules)).revision == before


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ([{"idx": 0, "name": "0", "path": "", "type": "antigravity.Fly"}], "code of its own"),
        ([{"idx": 0, "name": "0", "path": "1_Dense", "type": "sentence_transformers.models.Dense"}], "pickle"),
        ({"type": 3}, "not a list of modules"),
    ],
)
def test_modules_that_could_run_code_are_refused(folder: Path, tmp_path: Path, modules: object, said: str) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "1_Dense").mkdir()
    (tmp_path / "1_Dense" / "pytorch_model.bin").write_bytes(b"")
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match=said):
        Encoder.load(str(tmp_path))


def test_a_gpu_that_is_not_there_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="no GPU"):
        Encoder.load(str(folder), device="cuda")


@pytest.mark.slow
def test_the_packaged_encoder_gives_the_published_cosine_and_hardly_minds_a_number() -> None:
    encoder = Encoder.load()
    told = likeness(
        encoder,
        ["A man is eating food.", "3 + 4 = 7", "A man is eating food."],
        ["A man is eating a piece of bread.", "3 + 4 = 8", "The girl is carrying a baby."],
    )
    assert told[0] == pytest.approx(0.7553, abs=1e-3)
    assert told[1] > 0.8 > told[0] > 0.3 > told[2]
