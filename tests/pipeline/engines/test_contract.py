"""The engine contract, the same for every kind: what `pipeline.engines.protocol` says, held against the bare model."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import pytest
import torch

from pipeline.engines import Completion, Engine, EngineError, Request, Sampling
from schemas import Message
from tests.pipeline.engines.conftest import CONTEXT, END, TURN_END, Reference, Subject

GREEDY = Sampling(temperature=0, max_tokens=20)
WARM = Sampling(temperature=1.0, max_tokens=20)
ENDS = {END, TURN_END}


def ragged(count: int, *, longest: int = 40, beginning: Sequence[int] = (), seed: int = 1) -> list[tuple[int, ...]]:
    """Prompts of 1 to `longest` tokens behind the same beginning; end tokens and padding occur in them."""
    rng = Random(seed)
    return [(*beginning, *(rng.randrange(40) for _ in range(rng.randint(1, longest)))) for _ in range(count)]


def asked(prompts: Iterable[tuple[int, ...]], samples: int = 1) -> list[Request]:
    return [
        Request(id=f"r{number}", prompt_ids=prompt, seeds=tuple(2**62 + 1000 * number + one for one in range(samples)))
        for number, prompt in enumerate(prompts)
    ]


def answers(engine: Engine, requests: Sequence[Request], sampling: Sampling) -> dict[tuple[str, int], Completion]:
    """Every completion by request and sample; each must come, and come once."""
    found: dict[tuple[str, int], Completion] = {}
    for completion in engine.generate(requests, sampling):
        assert (completion.request_id, completion.sample) not in found
        found[completion.request_id, completion.sample] = completion
    assert found.keys() == {(request.id, sample) for request in requests for sample in range(len(request.seeds))}
    return found


def prompts_of(requests: Sequence[Request]) -> dict[str, tuple[int, ...]]:
    return {request.id: request.prompt_ids for request in requests}


def assert_same(one: dict[tuple[str, int], Completion], other: dict[tuple[str, int], Completion]) -> None:
    assert {key: done.token_ids for key, done in one.items()} == {key: done.token_ids for key, done in other.items()}
    for key, done in one.items():
        assert done.logprobs == pytest.approx(other[key].logprobs, abs=1e-3)
        assert (done.text, done.finish) == (other[key].text, other[key].finish)


def test_a_chat_is_encoded_by_its_template_and_the_prefill_comes_last(subject: Subject, reference: Reference) -> None:
    ids = subject.engine.encode([Message("system", "be brief"), Message("user", "why?")], prefill="well:")
    assert reference.text(ids) == "be brief\nwhy?\nwell:"


@pytest.mark.parametrize("beginning", [(), tuple(range(3, 30))], ids=["unlike", "alike"])
def test_greedy_takes_the_likeliest_token_each_time(
    subject: Subject, reference: Reference, beginning: tuple[int, ...]
) -> None:
    requests = asked(ragged(30, beginning=beginning))
    for (name, _), done in answers(subject.engine, requests, GREEDY).items():
        prompt = prompts_of(requests)[name]
        assert done.token_ids == reference.greedy(prompt, GREEDY.max_tokens)
        assert done.logprobs == pytest.approx(reference.logprobs(prompt, done.token_ids), abs=subject.tolerance)


def test_greedy_samples_of_one_prompt_are_equal_whatever_their_seeds(subject: Subject) -> None:
    done = answers(subject.engine, asked(ragged(4), 3), GREEDY)
    assert len({(name, one.token_ids) for (name, _), one in done.items()}) == 4


@pytest.mark.parametrize(
    "sampling",
    [
        WARM,
        Sampling(temperature=1.0, top_k=5, top_p=0.8, max_tokens=20),
        Sampling(temperature=0.6, max_tokens=20),
        Sampling(temperature=1.7, top_k=4, max_tokens=20),
        Sampling(temperature=0.7, top_p=0.6, max_tokens=20),
    ],
    ids=["plain", "cut", "cold", "hot and cut", "cold and cut"],
)
def test_logprobs_are_those_of_the_sampled_distribution_before_its_cuts(
    subject: Subject, reference: Reference, sampling: Sampling
) -> None:
    requests = asked(ragged(16), 3)
    for (name, _), done in answers(subject.engine, requests, sampling).items():
        if sampling.temperature != 1.0 and not subject.scaled_logprobs:
            assert done.logprobs == ()
            continue
        expected = reference.logprobs(prompts_of(requests)[name], done.token_ids, sampling.temperature)
        assert done.logprobs == pytest.approx(expected, abs=subject.tolerance)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=1.0, top_k=3, max_tokens=12),
        Sampling(temperature=0.8, top_p=0.5, max_tokens=12),
        Sampling(temperature=1.3, top_k=12, top_p=0.7, max_tokens=12),
    ],
    ids=["top k", "top p", "both"],
)
def test_no_token_outside_of_the_cuts_is_drawn(subject: Subject, reference: Reference, sampling: Sampling) -> None:
    requests = asked(ragged(10), 4)
    for (name, _), done in answers(subject.engine, requests, sampling).items():
        logits = reference.logits(prompts_of(requests)[name], done.token_ids)
        for row, token in zip(logits, done.token_ids, strict=False):
            probs = (row / sampling.temperature).softmax(-1)
            likelier = probs[probs > probs[token] + 1e-6]
            if sampling.top_k:
                assert len(likelier) < sampling.top_k
                probs = probs.topk(sampling.top_k).values
            assert likelier.sum() / probs.sum() < sampling.top_p + 1e-4


@pytest.mark.parametrize(
    "sampling",
    [Sampling(temperature=1.0, top_k=8, max_tokens=2), Sampling(temperature=0.5, max_tokens=2)],
    ids=["top k", "cold"],
)
def test_tokens_come_as_often_as_their_probability_says(
    subject: Subject, reference: Reference, sampling: Sampling
) -> None:
    """Two deep: the second token too, given the likeliest first one."""
    prompt = (7, 8, 9)
    done = answers(subject.engine, asked([prompt], 1000), sampling)
    first = Counter(one.token_ids[0] for one in done.values())
    assert_frequencies(first, probabilities(reference, prompt, sampling))
    common = next(token for token, _ in first.most_common() if token not in ENDS)
    second = Counter(one.token_ids[1] for one in done.values() if one.token_ids[0] == common)
    assert_frequencies(second, probabilities(reference, (*prompt, common), sampling))


def probabilities(reference: Reference, prompt: tuple[int, ...], sampling: Sampling) -> torch.Tensor:
    probs = (reference.logits(prompt)[-1] / sampling.temperature).softmax(-1)
    if sampling.top_k:
        probs = probs.where(probs >= probs.topk(sampling.top_k).values[-1], 0)
    return probs / probs.sum()


def assert_frequencies(seen: Counter[int], probs: torch.Tensor) -> None:
    """Chi-square over the tokens that are expected five times or more, the rest pooled; 5 sigma above its mean."""
    count = sum(seen.values())
    often = [token for token in range(len(probs)) if probs[token] * count >= 5]
    expected = [float(probs[token]) * count for token in often]
    observed = [float(seen[token]) for token in often]
    if (rest := count - sum(expected)) >= 1:
        expected.append(rest)
        observed.append(count - sum(observed))
    freedom = len(expected) - 1
    assert freedom >= 3, "the distribution is too narrow for the test to mean anything"
    assert not [token for token in seen if probs[token] == 0], "an impossible token was drawn"
    chi_square = sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    assert chi_square < freedom + 5 * (2 * freedom) ** 0.5


def test_a_completion_ends_with_an_end_token_or_at_its_limit_and_the_text_is_what_was_said(
    subject: Subject, reference: Reference
) -> None:
    done = answers(subject.engine, asked(ragged(40), 4), WARM)
    last = Counter(one.token_ids[-1] for one in done.values() if one.finish == "stop")
    assert min(last[END], last[TURN_END], len(done) - last.total()) > 5, "each way to end must be seen"
    for one in done.values():
        assert not ENDS & set(one.token_ids[:-1])
        assert (one.finish == "stop") == (one.token_ids[-1] in ENDS)
        assert one.finish == "stop" or len(one.token_ids) == WARM.max_tokens
        assert len(one.logprobs) == len(one.token_ids)
        assert one.text == reference.text(tuple(token for token in one.token_ids if token not in ENDS))
        assert (one.prompt_tokens, one.completion_tokens) == (None, None)


@pytest.mark.parametrize("stop", [("e",), ("ct", "ul", "3l"), ("<pad>",), ("never said",)])
def test_a_stop_text_ends_the_completion_where_it_is_complete_and_is_kept(
    subject: Subject, reference: Reference, stop: tuple[str, ...]
) -> None:
    sampling = Sampling(temperature=1.0, max_tokens=20, stop=stop)
    stopped = 0
    for one in answers(subject.engine, asked(ragged(40), 6), sampling).values():
        said = reference.text(tuple(token for token in one.token_ids if token not in ENDS))
        before = reference.text(one.token_ids[:-1])
        assert one.text == said
        assert not any(text in before for text in stop), "it went on behind a stop text"
        ended = any(text in said for text in stop)
        stopped += ended
        assert (one.finish == "stop") == (ended or one.token_ids[-1] in ENDS)
        assert len(one.logprobs) == len(one.token_ids)
    assert stopped > 3 or stop == ("never said",)


def test_an_end_token_in_the_prompt_ends_nothing(subject: Subject, reference: Reference) -> None:
    prompt = (5, END, 6, TURN_END, 7, TURN_END)
    (done,) = answers(subject.engine, asked([prompt]), GREEDY).values()
    assert done.token_ids == reference.greedy(prompt, GREEDY.max_tokens)


def test_the_number_of_tokens_is_bounded_by_max_tokens_and_by_the_context(subject: Subject) -> None:
    only = answers(subject.engine, asked(ragged(10)), Sampling(max_tokens=1))
    assert {len(one.token_ids) for one in only.values()} == {1}
    prompt = (5,) * (CONTEXT - 8)
    long = answers(subject.engine, asked([prompt], 40), Sampling(max_tokens=50))
    assert max(len(one.token_ids) for one in long.values()) == 8
    unfinished = {one.finish for one in long.values() if one.token_ids[-1] not in ENDS}
    assert unfinished == {"length"}
    (last,) = answers(subject.engine, asked([(5,) * (CONTEXT - 1)]), Sampling(max_tokens=50)).values()
    assert len(last.token_ids) == 1


def test_samples_of_one_request_differ(subject: Subject) -> None:
    done = answers(subject.engine, asked([(5, 6)], 16), WARM)
    assert len({one.token_ids for one in done.values()}) == 16


def test_a_sample_depends_on_its_prompt_and_seed_alone_where_its_kind_says_so(subject: Subject) -> None:
    requests = asked(ragged(12), 4)
    done = answers(subject.engine, requests, WARM)
    if not subject.keeps_to_seeds:
        assert answers(subject.engine, requests, WARM).keys() == done.keys()
        return
    shuffled = Random(3).sample(requests, len(requests))
    assert_same(answers(subject.engine, shuffled, WARM), done)
    for request in requests[:3]:
        alone = Request(id=request.id, prompt_ids=request.prompt_ids, seeds=request.seeds[2:3])
        (one,) = subject.engine.generate([alone], WARM)
        assert one.token_ids == done[request.id, 2].token_ids


def test_scores_are_those_of_a_full_forward_pass(subject: Subject, reference: Reference) -> None:
    prompts, continuations = ragged(25, seed=2), [*ragged(23, seed=3), (), (END, 5)]
    scores = subject.engine.score(prompts, continuations)
    for prompt, continuation, score in zip(prompts, continuations, scores, strict=True):
        assert score == pytest.approx(reference.logprobs(prompt, continuation), abs=subject.tolerance)


def test_a_text_that_fills_the_context_is_scored(subject: Subject, reference: Reference) -> None:
    # A vLLM server always wants to say one token more than it scores.
    length = CONTEXT - (subject.engine.kind == "server")
    prompt, continuation = tuple(range(3, 43)), tuple(5 + one % 40 for one in range(length - 40))
    (score,) = subject.engine.score([prompt], [continuation])
    assert score == pytest.approx(reference.logprobs(prompt, continuation), abs=subject.tolerance)


def test_a_prompt_that_was_asked_before_is_scored_whole(subject: Subject, reference: Reference) -> None:
    """An engine that remembers what prompts begin with still needs the log-probabilities of what it remembers."""
    text = tuple(5 + one % 40 for one in range(100))
    answers(subject.engine, asked([text], 2), WARM)
    for cut in (20, 64, 90):
        (score,) = subject.engine.score([text[:cut]], [text[cut:]])
        assert score == pytest.approx(reference.logprobs(text[:cut], text[cut:]), abs=subject.tolerance)


def test_nothing_asked_is_nothing_answered(subject: Subject) -> None:
    assert list(subject.engine.generate([], WARM)) == []
    assert list(subject.engine.generate([Request(id="a", prompt_ids=(5,), seeds=())], WARM)) == []
    assert subject.engine.score([], []) == []


def test_requests_are_read_as_they_are_needed(subject: Subject) -> None:
    read = 0

    def endless() -> Iterator[Request]:
        nonlocal read
        while True:
            yield Request(id=str(read), prompt_ids=(5, 6), seeds=(read,))
            read += 1

    stream = subject.engine.generate(endless(), Sampling(max_tokens=2))
    names = [next(stream).request_id for _ in range(1200)]
    assert len(set(names)) == 1200
    assert read < 5000
    close(stream)


def test_a_stream_left_early_leaves_nothing_behind(subject: Subject, reference: Reference) -> None:
    stream = subject.engine.generate(asked(ragged(30), 4), WARM)
    next(stream)
    close(stream)
    requests = asked(ragged(5, seed=9))
    for (name, _), done in answers(subject.engine, requests, GREEDY).items():
        assert done.token_ids == reference.greedy(prompts_of(requests)[name], GREEDY.max_tokens)


def close(stream: Iterator[Completion]) -> None:
    """Leaves a stream, as a loop does that is broken off."""
    stream.close()  # type: ignore[attr-defined]  # every engine's stream is a generator


@pytest.mark.parametrize(
    "prompt", [(), (5, 9999), (5, -1), (5,) * CONTEXT, (5,) * 3 * CONTEXT], ids=["empty", "9999", "-1", "full", "long"]
)
def test_a_prompt_that_cannot_be_read_is_refused_and_the_engine_goes_on(
    subject: Subject, prompt: tuple[int, ...]
) -> None:
    with pytest.raises(EngineError):
        list(subject.engine.generate(asked([(5, 6), prompt]), WARM))
    assert answers(subject.engine, asked([(5, 6)]), WARM)


@pytest.mark.parametrize(
    ("prompts", "continuations"),
    [([()], [(5,)]), ([(5,)], [(9999,)]), ([(5,)], [(6,) * CONTEXT]), ([(5,), (6,)], [(7,)])],
    ids=["no prompt", "no such token", "too long", "unequal"],
)
def test_what_cannot_be_scored_is_refused(
    subject: Subject, prompts: list[tuple[int, ...]], continuations: list[tuple[int, ...]]
) -> None:
    with pytest.raises(EngineError):
        subject.engine.score(prompts, continuations)


def test_an_engine_says_what_it_is(subject: Subject) -> None:
    assert subject.engine.kind in ("transformers", "vllm", "server")
    assert subject.engine.model
    assert subject.engine.revision


def test_a_closed_engine_refuses_and_may_be_closed_again(subject: Subject) -> None:
    engine = subject.another()
    assert len(list(engine.generate(asked([(5, 6)]), WARM))) == 1
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        list(engine.generate(asked([(5, 6)]), WARM))
    with pytest.raises(EngineError, match="closed"):
        engine.score([(5, 6)], [(7,)])
    engine.close()
    assert len(list(subject.engine.generate(asked([(5, 6)]), WARM))) == 1
