"""The server engine against a real server process with a real model, behind a proxy that breaks things."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pipeline.engines import Completion, Engine, EngineError, Request, Sampling, open_engine
from pipeline.engines.budget import Budget, Tokens
from pipeline.engines.retry import Patience
from pipeline.engines.server import ServerEngine
from pipeline.engines.transformers import TransformersEngine
from schemas import Message
from tests.pipeline.faulty_proxy import FAULTS, FaultyProxy

ROOT = Path(__file__).parents[2]
KEY = "sk-test-3141592653"
EAGER = Patience(attempts=6, timeout=20.0, first_wait=0.01, longest_wait=0.05)
WARM = Sampling(temperature=1.0, max_tokens=12)
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"


@pytest.fixture(scope="module")
def folder(tiny_model: Any, tiny_tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a chat template, as a model folder."""
    path = tmp_path_factory.mktemp("tiny")
    tiny_model.save_pretrained(path)
    tiny_tokenizer.save_pretrained(path)
    (path / "chat_template.jinja").write_text(TEMPLATE)
    return path


@pytest.fixture(scope="module")
def reference(folder: Path) -> TransformersEngine:
    """The engine that the server answers by, in this process."""
    return TransformersEngine.load(str(folder), device="cpu")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    environment = {**os.environ, "TEST_SERVER_KEY": KEY, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.pipeline.openai_server", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.terminate()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_KEY", KEY)


@pytest.fixture
def opened(folder: Path, port: int) -> Iterator[Callable[..., Any]]:
    engines: list[Engine] = []

    def _opened(**options: Any) -> Any:
        defaults = {"url": f"http://127.0.0.1:{port}", "key_env": "TINY_KEY", "tokenizer": str(folder)}
        engine = open_engine("server", str(folder), **{**defaults, "patience": EAGER, **options})
        engines.append(engine)
        return engine

    yield _opened
    for engine in engines:
        engine.close()


def asked(engine: Engine, count: int, samples: int) -> list[Request]:
    prompts = [[Message("user", f"{'so ' * (number % 7)}what is {number}?")] for number in range(count)]
    return [
        Request(
            id=str(number),
            prompt_ids=engine.encode(prompt),
            messages=tuple(prompt),
            seeds=tuple(2**62 + 100 * number + sample for sample in range(samples)),
        )
        for number, prompt in enumerate(prompts)
    ]


def answers(engine: Engine, requests: list[Request], sampling: Sampling) -> dict[tuple[str, int], Completion]:
    """Every completion by request and sample; each must come once."""
    found: dict[tuple[str, int], Completion] = {}
    for completion in engine.generate(requests, sampling):
        assert (completion.request_id, completion.sample) not in found
        found[completion.request_id, completion.sample] = completion
    return found


@pytest.mark.parametrize(
    "sampling",
    [WARM, Sampling(temperature=0, max_tokens=12), Sampling(top_p=0.8, max_tokens=12, stop=("a", "7"))],
)
def test_completions_are_those_of_the_engine_behind_the_server(
    opened: Callable[..., ServerEngine], reference: TransformersEngine, sampling: Sampling
) -> None:
    requests = asked(reference, 8, 3)
    engine = opened()
    assert asked(engine, 8, 3) == requests
    assert_same(answers(engine, requests, sampling), answers(reference, requests, sampling))


def assert_same(ours: dict[tuple[str, int], Completion], theirs: dict[tuple[str, int], Completion]) -> None:
    assert ours.keys() == theirs.keys()
    for key, one in ours.items():
        assert (one.token_ids, one.text, one.finish) == (theirs[key].token_ids, theirs[key].text, theirs[key].finish)
        assert one.logprobs == pytest.approx(theirs[key].logprobs, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_behind_a_faulty_proxy_every_completion_still_arrives_once_and_whole(
    opened: Callable[..., ServerEngine], reference: TransformersEngine, port: int, seed: int
) -> None:
    requests = asked(reference, 12, 4)
    proxy = FaultyProxy(port, seed)
    try:
        impatient = Patience(attempts=12, timeout=2.0, first_wait=0.05, longest_wait=0.1)
        engine = opened(url=proxy.url, concurrency=5, patience=impatient)
        assert_same(answers(engine, requests, WARM), answers(reference, requests, WARM))
    finally:
        proxy.close()
    assert set(proxy.faults) == set(FAULTS), "every fault must have happened"
    assert set(proxy.passed.values()) == {1}, "an answer that arrived is not asked for again"
    assert len(proxy.passed) == 48
    assert 2 <= proxy.most_at_once <= 5


def test_logprobs_are_left_out_where_the_servers_mean_something_else(
    opened: Callable[..., ServerEngine], reference: TransformersEngine
) -> None:
    done = answers(opened(), asked(reference, 2, 2), Sampling(temperature=0.5, max_tokens=5))
    assert all(one.token_ids and not one.logprobs for one in done.values())


def test_scores_are_those_of_the_engine(opened: Callable[..., ServerEngine], reference: TransformersEngine) -> None:
    prompts, continuations = [(5, 6, 7), (8,), (9, 9)], [(10, 11), (), (12, 13, 14)]
    ours = opened().score(prompts, continuations)
    for one, other in zip(ours, reference.score(prompts, continuations), strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_without_a_tokenizer_it_asks_in_messages_and_says_what_is_missing(
    opened: Callable[..., ServerEngine], reference: TransformersEngine
) -> None:
    engine = opened(tokenizer=None)
    requests = asked(engine, 6, 3)
    assert {request.prompt_ids for request in requests} == {()}
    expected = answers(reference, asked(reference, 6, 3), WARM)
    for key, one in answers(engine, requests, WARM).items():
        assert (one.text, one.finish) == (expected[key].text, expected[key].finish)
        assert (one.token_ids, one.logprobs) == ((), ())
        assert one.completion_tokens == len(expected[key].token_ids)
        assert one.prompt_tokens == len(reference.encode(requests[int(key[0])].messages))


def test_in_messages_a_stop_text_ends_the_text_and_stays_in_it(
    opened: Callable[..., ServerEngine], reference: TransformersEngine
) -> None:
    sampling = Sampling(max_tokens=12, stop=("e", "9 "))
    engine = opened(tokenizer=None)
    expected = answers(reference, asked(reference, 8, 4), sampling)
    found = answers(engine, asked(engine, 8, 4), sampling)
    assert {key: one.text for key, one in found.items()} == {key: one.text for key, one in expected.items()}
    assert sum(one.text.endswith(("e", "9 ")) and one.finish == "stop" for one in found.values()) > 5


def test_what_messages_cannot_do_is_refused(opened: Callable[..., ServerEngine]) -> None:
    engine = opened(tokenizer=None)
    with pytest.raises(EngineError, match=r"model\.tokenizer"):
        engine.encode([Message("user", "hello")], prefill="Answer:")
    with pytest.raises(EngineError, match=r"model\.tokenizer"):
        engine.score([(5,)], [(6,)])
    with pytest.raises(EngineError, match="has no messages"):
        list(engine.generate([Request(id="a", prompt_ids=(5,), seeds=(1,))], WARM))


def test_a_bad_prompt_comes_to_light_after_what_was_under_way(
    opened: Callable[..., ServerEngine], reference: TransformersEngine
) -> None:
    requests = asked(reference, 3, 1)
    found: list[Completion] = []
    long = Request(id="long", prompt_ids=(5,) * 128, seeds=(1,))
    with pytest.raises(EngineError, match="'long' needs 129 tokens at least"):
        found.extend(opened().generate([*requests, long], WARM))  # extend keeps what came before the error
    assert {one.request_id for one in found} == {"0", "1", "2"}


def test_the_longest_completion_ends_with_the_context(opened: Callable[..., ServerEngine]) -> None:
    done = answers(opened(), [Request(id="a", prompt_ids=(5,) * 123, seeds=tuple(range(20)))], WARM)
    assert max(len(one.token_ids) for one in done.values()) == 5


def test_the_server_names_the_weights_alike_after_a_restart(opened: Callable[..., ServerEngine], folder: Path) -> None:
    first, second = opened(), opened(tokenizer=None)
    assert first.revision == second.revision == f"served, owned_by tests, root {folder}, max_model_len 128"
    assert (first.kind, first.model) == ("server", str(folder))


def test_a_model_that_is_not_served_is_named_with_those_that_are(port: int) -> None:
    with pytest.raises(EngineError, match="has no model 'gpt-9'; it has served"):
        open_engine("server", "gpt-9", url=f"http://127.0.0.1:{port}", key_env="TINY_KEY", patience=EAGER)


def test_a_budget_is_never_passed_and_says_what_to_raise(
    opened: Callable[..., ServerEngine], reference: TransformersEngine
) -> None:
    engine = opened(budget=Budget(tokens=400), concurrency=4)
    found: list[Completion] = []
    with pytest.raises(EngineError, match=r"the budget is used up: \d+ of 400 tokens are spent.* raise model\.budget"):
        found.extend(engine.generate(asked(reference, 30, 2), WARM))
    sizes = {request.id: len(request.prompt_ids) for request in asked(reference, 30, 2)}
    paid = sum(sizes[one.request_id] + len(one.token_ids) for one in found)
    assert engine.spent.total == paid
    assert 400 - (max(sizes.values()) + 12) < paid <= 400


def test_a_budget_in_money_counts_what_earlier_starts_spent(
    opened: Callable[..., ServerEngine], reference: TransformersEngine
) -> None:
    budget = Budget(cost=0.002, price_in=2.0, price_out=10.0)
    requests = asked(reference, 30, 2)
    counts = []
    for spent in (Tokens(), Tokens(400, 100)):
        engine = opened(budget=budget, spent=spent)
        found: list[Completion] = []
        with pytest.raises(EngineError, match=r"of 0\.0020 is spent"):
            found.extend(engine.generate(requests, WARM))
        counts.append(len(found))
        assert budget.price(engine.spent) <= 0.002
    assert counts[0] > counts[1] > 0


def test_answers_that_were_lost_count_against_the_budget(
    opened: Callable[..., ServerEngine], reference: TransformersEngine, port: int
) -> None:
    proxy = FaultyProxy(port, 1, share=1.0, faults=("drop after",))
    try:
        engine = opened(url=proxy.url, budget=Budget(tokens=10**6))
        request = asked(reference, 1, 1)[0]
        (done,) = answers(engine, [request], WARM).values()
    finally:
        proxy.close()
    prompt = len(request.prompt_ids)
    assert engine.spent.total == 3 * (prompt + 12) + prompt + len(done.token_ids)


def test_a_stopped_reader_leaves_no_request_behind(
    opened: Callable[..., ServerEngine], reference: TransformersEngine
) -> None:
    engine = opened(concurrency=3)
    stream = engine.generate(asked(reference, 20, 2), WARM)
    next(stream)
    stream.close()
    assert len(answers(engine, asked(reference, 2, 2), WARM)) == 4


class Canned(BaseHTTPRequestHandler):
    """Says what it is told to; `seen` are the requests' headers and bodies."""

    status = 200
    headers_said: dict[str, str]
    content: bytes
    seen: list[str]
    owner = "somebody"

    def do_GET(self) -> None:
        self._say(200, {}, json.dumps({"data": [{"id": "m", "owned_by": self.owner}]}).encode())

    def do_POST(self) -> None:
        self.seen.append(f"{self.headers}\n{self.rfile.read(int(self.headers['Content-Length'])).decode()}")
        self._say(self.status, self.headers_said, self.content)

    def _say(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def canned() -> Iterator[Callable[..., tuple[ServerEngine, list[str]]]]:
    """An engine in chat messages on a server that always gives the same answer."""
    open_ones: list[tuple[ServerEngine, HTTPServer]] = []

    def _canned(
        content: object, status: int = 200, owner: str = "somebody", **headers: str
    ) -> tuple[ServerEngine, list[str]]:
        seen: list[str] = []
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {"status": status, "headers_said": said, "content": raw, "seen": seen, "owner": owner}
        handler = type("Told", (Canned,), told)
        server = HTTPServer(("127.0.0.1", 0), handler)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        patience = Patience(attempts=3, first_wait=0.01, timeout=5.0, deadline=60.0)
        engine = ServerEngine.load(
            "m", url=f"http://127.0.0.1:{server.server_port}", key_env="TINY_KEY", patience=patience
        )
        open_ones.append((engine, server))
        return engine, seen

    yield _canned
    for engine, server in open_ones:
        engine.close()
        server.shutdown()
        server.server_close()


def chat(text: Any = "hi", finish: Any = "stop", **more: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    return {"choices": [{"message": {"content": text}, "finish_reason": finish}], "usage": usage, **more}


ONE = Request(id="a", prompt_ids=(), seeds=(1,), messages=(Message("user", "hello"),))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not valid JSON"),
        (b'{"choices": [{"message": {"cont', "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        ([1], "has no list 'choices'"),
        ({"choices": "none"}, "has no list 'choices'"),
        ({"choices": []}, "has 0 choices"),
        ({"choices": [{}, {}]}, "has 2 choices"),
        ({"choices": [None]}, "has 1 choices"),
        (chat(usage=None), "has no usage.prompt_tokens"),
        (chat(usage={"prompt_tokens": 1, "completion_tokens": -1}), "has no usage.completion_tokens"),
        (chat(usage={"prompt_tokens": True, "completion_tokens": 1}), "has no usage.prompt_tokens"),
        (chat(text=["h"]), "has no text"),
        (chat(text="", usage={"prompt_tokens": 3, "completion_tokens": 0}), "is empty"),
        (chat(finish=None), "was ended by something else"),
        (chat(finish="content_filter"), "was ended by content_filter"),
        (chat(finish={}), "was ended by something else"),
        (b'{"padding": "' + b"x" * 2**21 + b'"}', "is longer than"),
        (chat(text=f"you are {KEY}"), "repeats the key that it was sent"),
    ],
)
def test_an_answer_that_is_none_is_asked_for_again_and_then_an_error(
    canned: Callable[..., tuple[ServerEngine, list[str]]], content: object, words: str
) -> None:
    engine, seen = canned(content)
    with pytest.raises(EngineError, match=rf"/v1/chat/completions failed: its answer {words}.*\(attempt 3\); check"):
        list(engine.generate([ONE], WARM))
    assert len(seen) == 3


def test_halves_of_surrogate_pairs_are_replaced_and_whole_ones_kept(
    canned: Callable[..., tuple[ServerEngine, list[str]]],
) -> None:
    engine, _ = canned(chat(text="a \ud83d b \ud83d\ude00 c \ude00"))
    (done,) = engine.generate([ONE], WARM)
    assert done.text == "a \ufffd b \N{GRINNING FACE} c \ufffd"
    assert (done.prompt_tokens, done.completion_tokens) == (3, 2)


@pytest.mark.parametrize(("owner", "told"), [("vllm", True), ("llamacpp", True), ("openai", False)])
def test_servers_with_cuts_of_their_own_are_told_to_make_none(
    canned: Callable[..., tuple[ServerEngine, list[str]]], owner: str, told: bool
) -> None:
    engine, seen = canned(chat(), owner=owner)
    list(engine.generate([ONE], WARM))
    body = json.loads(seen[0].split("\n\n")[-1])
    assert body["seed"] == 1
    neutral = {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
    assert {name: body[name] for name in neutral if name in body} == (neutral if told else {})


def test_a_schema_is_sent_as_the_form_of_the_answer_and_only_where_one_is_asked_for(
    canned: Callable[..., tuple[ServerEngine, list[str]]],
) -> None:
    engine, seen = canned(chat())
    list(engine.generate([ONE], Sampling(json_schema='{"type":"object"}')))
    list(engine.generate([ONE], WARM))
    held, free = (json.loads(each.split("\n\n")[-1]) for each in seen)
    form = {"name": "answer", "schema": {"type": "object"}}
    assert held["response_format"] == {"type": "json_schema", "json_schema": form}
    assert "response_format" not in free


def test_a_thought_that_came_to_no_answer_is_an_empty_text(
    canned: Callable[..., tuple[ServerEngine, list[str]]],
) -> None:
    engine, _ = canned(chat(text=None, finish="length"))
    (done,) = engine.generate([ONE], WARM)
    assert (done.text, done.finish) == ("", "length")


@pytest.mark.parametrize(
    ("status", "attempts", "words"),
    [
        (400, 1, '400 Bad Request, saying "no, not with \\*\\*\\*"; the server can\'t do this'),
        (401, 1, r"401 Unauthorized.* name the environment variable"),
        (404, 1, r"404 Not Found.* check model\.url"),
        (307, 1, "307 Temporary Redirect"),
        (501, 1, "501 Not Implemented"),
        (429, 3, r"429 Too Many Requests.*\(attempt 3\); lower model\.concurrency"),
        (500, 3, r"500 Internal Server Error.*\(attempt 3\); check that the server is up"),
        (503, 3, "503 Service Unavailable"),
    ],
)
def test_refusals_say_where_and_what_to_do_and_never_the_key(
    canned: Callable[..., tuple[ServerEngine, list[str]]], status: int, attempts: int, words: str
) -> None:
    engine, seen = canned({"error": {"message": f"no,\n\x1bnot with {KEY}"}}, status=status)
    with pytest.raises(EngineError, match=words) as caught:
        list(engine.generate([ONE], WARM))
    assert len(seen) == attempts
    assert all(f"Bearer {KEY}" in headers for headers in seen)
    assert KEY not in "".join(map(str, (caught.value, caught.getrepr(style="long", chain=True))))
    assert "\x1b" not in str(caught.value)


def test_a_wait_beyond_the_deadline_is_an_error_at_once(
    canned: Callable[..., tuple[ServerEngine, list[str]]],
) -> None:
    engine, seen = canned({}, status=429, Retry_After="86400")
    with pytest.raises(EngineError, match="asks to wait for 86400 s"):
        list(engine.generate([ONE], WARM))
    assert len(seen) == 1


def test_a_compressed_answer_is_not_unpacked(canned: Callable[..., tuple[ServerEngine, list[str]]]) -> None:
    engine, _ = canned(b"\x1f\x8b" + b"\0" * 100, Content_Encoding="gzip")
    with pytest.raises(EngineError, match="is compressed"):
        list(engine.generate([ONE], WARM))


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(EngineError, match=r"http://127\.0\.0\.1:1/v1/models failed: no connection.*\(attempt 3\)"):
        open_engine("server", "m", url="http://127.0.0.1:1/v1", patience=EAGER)


@pytest.mark.parametrize("value", [None, "", "two words", "line\nbreak", "kéy"])
def test_a_key_that_cannot_be_one_is_refused_unseen(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("OTHER_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("OTHER_KEY", value)
    with pytest.raises(EngineError, match="environment variable OTHER_KEY") as caught:
        open_engine("server", "m", url="http://127.0.0.1:1", key_env="OTHER_KEY")
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://host/v1", "http://user:pass@host/v1", "http://host/v1?key=1", "http://[::"]
)
def test_an_address_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(EngineError, match=r"model\.url must be like http://host:8000/v1") as caught:
        open_engine("server", "m", url=url)
    assert not url or url not in str(caught.value)
