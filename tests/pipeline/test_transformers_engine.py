"""The transformers engine against transformers itself: same tokens, same log-probabilities, whatever the batch."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any

import pytest
import torch

from pipeline.engines import Completion, Engine, EngineError, Request, Sampling, open_engine
from pipeline.engines.kvcache import RowCache, column_bytes
from pipeline.engines.transformers import TransformersEngine
from schemas import Message
from tests.pipeline.conftest import END

GREEDY = Sampling(temperature=0, max_tokens=24)
WARM = Sampling(temperature=1.0, max_tokens=24)


def ragged(count: int, *, longest: int = 40, beginning: Sequence[int] = (), seed: int = 1) -> list[tuple[int, ...]]:
    """Prompts of 1 to `longest` tokens, all with the same beginning; token 1 is the end token, and may occur."""
    rng = Random(seed)
    return [(*beginning, *(rng.randrange(1, 40) for _ in range(rng.randint(1, longest)))) for _ in range(count)]


def asked(prompts: Iterable[tuple[int, ...]], samples: int = 1) -> list[Request]:
    return [
        Request(id=str(number), prompt_ids=prompt, seeds=tuple(1000 * number + one for one in range(samples)))
        for number, prompt in enumerate(prompts)
    ]


def answers(engine: Engine, requests: Iterable[Request], sampling: Sampling) -> dict[tuple[str, int], Completion]:
    """Every completion by request and sample; each must come once."""
    found: dict[tuple[str, int], Completion] = {}
    for completion in engine.generate(requests, sampling):
        assert (completion.request_id, completion.sample) not in found
        found[completion.request_id, completion.sample] = completion
    return found


def full_logprobs(model: Any, prompt: Sequence[int], continuation: Sequence[int], temperature: float) -> list[float]:
    """By one plain forward pass over one unpadded sequence."""
    ids = torch.tensor([[*prompt, *continuation]])
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0, len(prompt) - 1 : -1].double()
    picked = (logits / temperature).log_softmax(-1).gather(-1, torch.tensor(continuation)[:, None])
    return [float(value) for value in picked[:, 0]]


def assert_same(one: dict[tuple[str, int], Completion], other: dict[tuple[str, int], Completion]) -> None:
    assert {key: done.token_ids for key, done in one.items()} == {key: done.token_ids for key, done in other.items()}
    for key, done in one.items():
        assert done.logprobs == pytest.approx(other[key].logprobs, abs=1e-4)
        assert (done.text, done.finish) == (other[key].text, other[key].finish)


def assert_like_generate(engine: TransformersEngine, model: Any, prompts: Sequence[tuple[int, ...]]) -> None:
    ours = answers(engine, asked(prompts), GREEDY)
    for number, prompt in enumerate(prompts):
        ids = torch.tensor([prompt])
        theirs = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=GREEDY.max_tokens, do_sample=False
        )
        assert ours[str(number), 0].token_ids == tuple(theirs[0, len(prompt) :].tolist())


def test_greedy_is_identical_to_generate_on_ragged_prompts(tiny: TransformersEngine, tiny_model: Any) -> None:
    assert_like_generate(tiny, tiny_model, ragged(40))


def test_greedy_is_identical_to_generate_where_prompts_begin_alike(tiny: TransformersEngine, tiny_model: Any) -> None:
    assert_like_generate(tiny, tiny_model, ragged(30, beginning=range(3, 30)))


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_sampled_logprobs_are_those_of_a_full_forward_pass(
    tiny: TransformersEngine, tiny_model: Any, temperature: float
) -> None:
    prompts = ragged(20, beginning=range(3, 15))
    for (number, _), done in answers(tiny, asked(prompts, 3), Sampling(temperature=temperature, max_tokens=24)).items():
        expected = full_logprobs(tiny_model, prompts[int(number)], done.token_ids, temperature)
        assert done.logprobs == pytest.approx(expected, abs=1e-4)


def test_samples_that_share_a_prefill_are_those_of_separate_requests(tiny: TransformersEngine) -> None:
    (prompt,) = ragged(1)
    together = answers(tiny, asked([prompt], 8), WARM)
    apart = {("0", one): answers(tiny, asked([prompt], 8)[:1], WARM)["0", one] for one in range(8)}
    alone = {}
    for one in range(8):
        (alone["0", one],) = tiny.generate([Request(id="0", prompt_ids=prompt, seeds=(one,))], WARM)
    assert_same(together, apart)
    assert {one: together["0", one].token_ids for one in range(8)} == {
        one: alone["0", one].token_ids for one in range(8)
    }


def test_a_sample_is_the_same_in_any_batch_and_order(tiny_model: Any, tiny_tokenizer: Any) -> None:
    requests = asked(ragged(12), 4)
    wide = TransformersEngine(tiny_model, tiny_tokenizer, name="tiny", revision="test", rows=48)
    expected = answers(wide, requests, WARM)
    for rows in (1, 3, 10):  # rows change hands all the time, requests are split, dead columns are dropped
        narrow = TransformersEngine(tiny_model, tiny_tokenizer, name="tiny", revision="test", rows=rows)
        assert_same(expected, answers(narrow, Random(rows).sample(requests, len(requests)), WARM))


def test_different_seeds_give_different_samples(tiny: TransformersEngine) -> None:
    done = answers(tiny, [Request(id="a", prompt_ids=(5, 6), seeds=tuple(range(16)))], WARM)
    assert len({one.token_ids for one in done.values()}) == 16


def test_sampled_frequencies_are_the_models_distribution(tiny: TransformersEngine, tiny_model: Any) -> None:
    """Two tokens deep: the second token, given the likeliest first one, follows the conditional distribution."""
    sampling = Sampling(temperature=1.0, max_tokens=2)
    count = 6000
    done = answers(tiny, [Request(id="a", prompt_ids=(7, 8, 9), seeds=tuple(range(count)))], sampling)
    first = Counter(one.token_ids[0] for one in done.values())
    with torch.no_grad():
        probs = tiny_model(input_ids=torch.tensor([[7, 8, 9]])).logits[0, -1].double().softmax(-1)
    assert_frequencies(first, probs, count)
    likeliest = next(token for token, _ in first.most_common() if token != END)
    second = Counter(one.token_ids[1] for one in done.values() if one.token_ids[0] == likeliest)
    with torch.no_grad():
        probs = tiny_model(input_ids=torch.tensor([[7, 8, 9, likeliest]])).logits[0, -1].double().softmax(-1)
    assert_frequencies(second, probs, first[likeliest])


def assert_frequencies(seen: Counter[int], probs: torch.Tensor, count: int) -> None:
    """Chi-square over the tokens that are expected five times or more, the rest pooled; 4 sigma above its mean."""
    often = [token for token in range(len(probs)) if probs[token] * count >= 5]
    expected = [float(probs[token]) * count for token in often]
    observed = [float(seen[token]) for token in often]
    if (rest := count - sum(expected)) >= 1:
        expected.append(rest)
        observed.append(count - sum(observed))
    freedom = len(expected) - 1
    assert freedom >= 3, "the distribution is too narrow for the test to mean anything"
    chi_square = sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    assert chi_square < freedom + 4 * (2 * freedom) ** 0.5


def test_a_completion_ends_with_its_end_token_and_the_text_leaves_it_out(
    tiny: TransformersEngine, tiny_tokenizer: Any
) -> None:
    done = answers(tiny, asked(ragged(40), 4), WARM)
    finishes = Counter(one.finish for one in done.values())
    assert min(finishes["stop"], finishes["length"]) > 10
    for one in done.values():
        assert END not in one.token_ids[:-1]
        assert (one.finish == "stop") == (one.token_ids[-1] == END)
        assert one.finish == "stop" or len(one.token_ids) == WARM.max_tokens
        without_end = [token for token in one.token_ids if token != END]
        assert one.text == tiny_tokenizer.decode(without_end)
        assert len(one.logprobs) == len(one.token_ids)


@pytest.mark.parametrize("stop", [("e",), ("th", "qu", "9"), ("ad", "never said")])
def test_a_stop_text_ends_the_completion_where_it_first_stands_and_is_kept(
    tiny: TransformersEngine, tiny_tokenizer: Any, stop: tuple[str, ...]
) -> None:
    requests = asked(ragged(30), 6)
    free = answers(tiny, requests, WARM)
    stopped = answers(tiny, requests, Sampling(temperature=1.0, max_tokens=24, stop=stop))
    cut = 0
    for key, one in stopped.items():
        ids = free[key].token_ids
        holds = (
            end for end in range(1, len(ids) + 1) if any(text in tiny_tokenizer.decode(ids[:end]) for text in stop)
        )
        end = next(holds, len(ids))
        assert one.token_ids == ids[:end]
        assert one.text == tiny_tokenizer.decode([token for token in ids[:end] if token != END])
        if end < len(ids):
            assert one.finish == "stop"
            cut += 1
    assert cut > 10


def test_the_number_of_tokens_is_bounded_by_max_tokens_and_by_the_context(tiny: TransformersEngine) -> None:
    only = answers(tiny, asked(ragged(10)), Sampling(max_tokens=1))
    assert {len(one.token_ids) for one in only.values()} == {1}
    prompt = tuple(5 for _ in range(120))
    long = answers(tiny, [Request(id="a", prompt_ids=prompt, seeds=tuple(range(40)))], Sampling(max_tokens=50))
    assert max(len(one.token_ids) for one in long.values()) == 8
    assert {one.finish for one in long.values() if len(one.token_ids) == 8 and one.token_ids[-1] != END} == {"length"}


def test_nothing_asked_is_nothing_answered(tiny: TransformersEngine) -> None:
    assert list(tiny.generate([], WARM)) == []
    assert list(tiny.generate([Request(id="a", prompt_ids=(5,), seeds=())], WARM)) == []
    assert tiny.score([], []) == []


def test_requests_are_read_as_they_are_needed(tiny: TransformersEngine) -> None:
    def endless() -> Iterator[Request]:
        number = 0
        while True:
            yield Request(id=str(number), prompt_ids=(5, 6), seeds=(number,))
            number += 1

    stream = tiny.generate(endless(), Sampling(max_tokens=2))
    assert len({next(stream).request_id for _ in range(1500)}) == 1500


def test_a_giant_prompt_among_small_ones_is_answered_alike(tiny_model: Any, tiny_tokenizer: Any) -> None:
    prompts = [*ragged(12, longest=6), tuple(5 + one % 30 for one in range(100))]
    wide = TransformersEngine(tiny_model, tiny_tokenizer, name="tiny", revision="test")
    room = 130 * column_bytes(tiny_model.config, torch.float32) / 2**30
    tight = TransformersEngine(tiny_model, tiny_tokenizer, name="tiny", revision="test", cache_gb=room)
    assert_same(answers(wide, asked(prompts, 2), WARM), answers(tight, asked(prompts, 2), WARM))


def test_caches_stay_within_their_memory(tiny_model: Any, tiny_tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = 600
    sizes: list[int] = []
    made = RowCache.__init__

    def recorded(self: RowCache, layers: int, rows: int, columns: int) -> None:
        sizes.append(rows * columns)
        made(self, layers, rows, columns)

    monkeypatch.setattr(RowCache, "__init__", recorded)
    room = cells * column_bytes(tiny_model.config, torch.float32) / 2**30
    engine = TransformersEngine(tiny_model, tiny_tokenizer, name="tiny", revision="test", cache_gb=room)
    assert len(answers(engine, asked(ragged(40), 5), WARM)) == 200
    assert max(sizes) <= cells


def test_the_size_of_a_cache_column_is_what_it_takes(tiny: TransformersEngine, tiny_model: Any) -> None:
    cache = RowCache(2, 1, 10)
    with torch.no_grad():
        tiny_model(input_ids=torch.tensor([[5, 6]]), past_key_values=cache, use_cache=True)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert held == 10 * column_bytes(tiny_model.config, torch.float32)


def test_scores_are_those_of_a_full_forward_pass(tiny: TransformersEngine, tiny_model: Any) -> None:
    prompts, continuations = ragged(25, seed=2), [*ragged(23, seed=3), (), ()]
    scores = tiny.score(prompts, continuations)
    for prompt, continuation, score in zip(prompts, continuations, scores, strict=True):
        assert score == pytest.approx(full_logprobs(tiny_model, prompt, continuation, 1.0), abs=1e-4)


def test_prompts_that_begin_alike_are_scored_as_alone(tiny: TransformersEngine) -> None:
    """Their beginning is read once, whatever is left of each."""
    beginning = tuple(5 + at % 30 for at in range(90))
    prompts = [(*beginning, *(7 + at for at in range(left))) for left in (1, 2, 30, 7)] + [beginning[:70], (9, 8)]
    continuations = [(11, 12), (13,) * 9, (14,), (), (15, 16), (17, 18, 19)]
    together = tiny.score(prompts, continuations)
    for prompt, continuation, told in zip(prompts, continuations, together, strict=True):
        assert told == pytest.approx(tiny.score([prompt], [continuation])[0], abs=1e-5)


def test_scores_are_the_logprobs_that_were_sampled(tiny: TransformersEngine) -> None:
    prompts = ragged(10)
    done = list(tiny.generate(asked(prompts, 2), WARM))
    scores = tiny.score([prompts[int(one.request_id)] for one in done], [one.token_ids for one in done])
    for one, score in zip(done, scores, strict=True):
        assert sum(score) == pytest.approx(sum(one.logprobs), abs=1e-3)


def test_scoring_in_small_passes_changes_nothing(tiny: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts, continuations = ragged(9, seed=4), ragged(9, seed=5)
    whole = tiny.score(prompts, continuations)
    monkeypatch.setattr("pipeline.engines.transformers._SCORED_LOGITS", 1)
    monkeypatch.setattr("pipeline.engines.forward._BLOCK_TOKENS", 20)
    for one, other in zip(whole, tiny.score(prompts, continuations), strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_a_model_in_training_is_sampled_without_dropout_and_goes_on_training(
    tiny_tokenizer: Any, tiny_model: Any
) -> None:
    from transformers import LlamaForCausalLM

    config = tiny_model.config.__class__.from_dict({**tiny_model.config.to_dict(), "attention_dropout": 0.5})
    learner = LlamaForCausalLM(config)
    learner.load_state_dict(tiny_model.state_dict())
    learner.train()
    learner.gradient_checkpointing_enable()
    engine = TransformersEngine(learner, tiny_tokenizer, name="tiny", revision="step 3")
    requests = asked(ragged(10), 2)
    stream = engine.generate(requests, WARM)
    next(stream)
    assert learner.training, "the learner must be free to train between two completions"
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    stream.close()
    evaluated = TransformersEngine(tiny_model, tiny_tokenizer, name="tiny", revision="test")
    assert_same(answers(evaluated, requests, WARM), answers(engine, requests, WARM))
    loss = learner(input_ids=torch.tensor([[5, 6, 7]]), labels=torch.tensor([[5, 6, 7]])).loss
    loss.backward()
    assert learner.model.embed_tokens.weight.grad is not None


def test_an_engine_sees_the_weights_as_they_are_now(tiny_tokenizer: Any, tiny_model: Any) -> None:
    from transformers import LlamaForCausalLM

    learner = LlamaForCausalLM(tiny_model.config)
    learner.load_state_dict(tiny_model.state_dict())
    engine = TransformersEngine(learner, tiny_tokenizer, name="tiny", revision="test")
    before = engine.score([(5, 6)], [(7, 8)])
    with torch.no_grad():
        learner.lm_head.weight.mul_(0.5)
    assert engine.score([(5, 6)], [(7, 8)]) != before


def test_no_global_random_state_is_touched(tiny: TransformersEngine) -> None:
    before = torch.random.get_rng_state()
    list(tiny.generate(asked(ragged(5), 3), WARM))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ((), "is empty"),
        ((5, 9999), "outside of"),
        ((5, -1), "outside of"),
        ((5,) * 128, "needs 129 tokens at least and tiny reads 128"),
    ],
)
def test_a_prompt_that_cannot_be_read_is_refused(
    tiny: TransformersEngine, prompt: tuple[int, ...], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        list(tiny.generate([Request(id="a", prompt_ids=prompt, seeds=(1,))], WARM))


def test_a_tokenizer_without_a_chat_template_is_named(tiny: TransformersEngine) -> None:
    with pytest.raises(EngineError, match="tokenizer of tiny has no chat template"):
        tiny.encode([Message("user", "hello")])


def test_a_chat_template_that_refuses_is_heard(tiny_model: Any, tiny_tokenizer: Any) -> None:
    from copy import deepcopy

    strict = deepcopy(tiny_tokenizer)
    strict.chat_template = "{{ raise_exception('no system role here') }}"
    engine = TransformersEngine(tiny_model, strict, name="tiny", revision="test")
    with pytest.raises(EngineError, match="no system role here"):
        engine.encode([Message("system", "be brief")])


def test_a_model_that_keeps_more_than_attention_is_refused(tiny_tokenizer: Any) -> None:
    from transformers import MambaConfig, MambaForCausalLM

    model = MambaForCausalLM(MambaConfig(vocab_size=20, hidden_size=8, state_size=2, num_hidden_layers=1))
    with pytest.raises(EngineError, match="ask this model through vLLM or a server"):
        TransformersEngine(model, tiny_tokenizer, name="mamba", revision="test")


def test_a_sliding_window_model_is_sampled_right(tiny_tokenizer: Any) -> None:
    from transformers import MistralConfig, MistralForCausalLM

    config = MistralConfig(
        vocab_size=49,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        sliding_window=8,
        initializer_range=0.4,
        eos_token_id=END,
        bos_token_id=None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(6)
        model = MistralForCausalLM(config).eval()
    engine = TransformersEngine(model, tiny_tokenizer, name="mistral", revision="test", rows=8)
    prompts = ragged(20, beginning=range(3, 15))
    for (number, _), done in answers(engine, asked(prompts, 3), WARM).items():
        expected = full_logprobs(model, prompts[int(number)], done.token_ids, 1.0)
        assert done.logprobs == pytest.approx(expected, abs=1e-4)


def test_an_unknown_kind_of_engine_is_refused_with_those_there_are() -> None:
    with pytest.raises(EngineError, match="no 'vlm' engine; there is transformers"):
        open_engine("vlm", "smollm2-135m")


CHATS = (
    "What is the capital of France?",
    "Name three colors.",
    "Hi",
    "What is 2 + 3? Give me the number and nothing else, please.",
    "Write one sentence about the sea.",
)


@pytest.mark.slow
def test_smollm2_greedy_is_identical_to_generate(smollm2: TransformersEngine) -> None:
    prompts = [smollm2.encode([Message("user", text)]) for text in CHATS]
    assert_like_generate(smollm2, smollm2._model, prompts)


@pytest.mark.slow
def test_smollm2_logprobs_are_those_of_a_full_forward_pass(smollm2: TransformersEngine) -> None:
    prompts = [smollm2.encode([Message("user", text)], prefill="Answer:") for text in CHATS]
    for (number, _), done in answers(smollm2, asked(prompts, 4), Sampling(temperature=0.8, max_tokens=16)).items():
        expected = full_logprobs(smollm2._model, prompts[int(number)], done.token_ids, 0.8)
        assert done.logprobs == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_smollm2_is_asked_in_its_chat_format_and_the_prefill_comes_last(smollm2: TransformersEngine) -> None:
    ids = smollm2.encode([Message("user", "Hi")], prefill="Answer:")
    text = smollm2._tokenizer.decode(ids)
    assert text.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nAnswer:")


@pytest.mark.slow
def test_smollm2_ends_its_turn_and_stops_at_a_stop_text(smollm2: TransformersEngine) -> None:
    prompt = smollm2.encode([Message("user", "What is the capital of France?")])
    (free,) = smollm2.generate([Request(id="a", prompt_ids=prompt, seeds=(1,))], GREEDY)
    assert free.finish == "stop"
    assert "Paris" in free.text
    assert "<|im_end|>" not in free.text
    stopping = Sampling(temperature=0, max_tokens=24, stop=("Par", "\n\n"))
    (stopped,) = smollm2.generate([Request(id="a", prompt_ids=prompt, seeds=(1,))], stopping)
    assert free.text.startswith(stopped.text)
    assert "Par" in stopped.text
    assert "Par" not in smollm2._tokenizer.decode(stopped.token_ids[:-1])
