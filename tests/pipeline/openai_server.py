"""A small OpenAI-compatible server with a real model: `python -m tests.pipeline.openai_server MODEL [PORT]`.

It answers as vLLM in its development mode does, token ids and all, by our own transformers engine. Its first line of
output is its port. Under /plain it has no development mode, and under /stale it does not read the weights that it says.
`TEST_SERVER_KEY` in its environment is the key that it demands.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

from safetensors.torch import load_file

from pipeline.engines import Completion, EngineError, Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from schemas import Message

ENGINE_LOCK = Lock()
STANDARD = {"model", "max_tokens", "temperature", "top_p", "seed", "messages"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: TransformersEngine

    def do_GET(self) -> None:
        # Like vLLM: `created` is the time of asking, `root` what the weights were loaded from.
        entry = {"id": "served", "object": "model", "created": id(self), "owned_by": "tests"}
        entry |= {"root": self.engine.model, "max_model_len": self.engine._context}
        self._say(200, {"object": "list", "data": [entry]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if (key := os.environ.get("TEST_SERVER_KEY")) and self.headers["Authorization"] != f"Bearer {key}":
            self._say(401, {"error": {"message": f"wrong key, it is not {self.headers['Authorization']}"}})
            return
        try:
            with ENGINE_LOCK:
                answer = self._answer(body)
        except EngineError as error:
            self._say(400, {"error": {"message": str(error)}})
            return
        self._say(404 if answer is None else 200, answer or {"detail": "Not Found"})

    def _answer(self, body: dict[str, Any]) -> dict[str, Any] | None:
        if self.path.endswith("/chat/completions"):
            return self._chat(body)
        if self.path.endswith("/completions"):
            return self._completion(body)
        if self.path.startswith("/plain"):
            return None
        if self.path.endswith("/reset_prefix_cache"):
            return {"success": True}
        assert self.path.endswith("/collective_rpc")
        assert body["method"] == "reload_weights"
        weights = load_file(Path(body["kwargs"]["weights_path"]) / "model.safetensors")
        if not self.path.startswith("/stale"):
            self.engine._model.load_state_dict(weights, strict=False)
        return {"results": [None]}

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        ids = tuple(body["prompt"])
        choice: dict[str, Any] = {"index": 0}
        if "prompt_logprobs" in body:
            scores = self.engine.score([ids[:1]], [ids[1:]])[0]
            choice["prompt_logprobs"] = [
                None,
                *({str(one): {"logprob": score}} for one, score in zip(ids[1:], scores, strict=True)),
            ]
            return {"choices": [choice], "usage": {"prompt_tokens": len(ids), "completion_tokens": 1}}
        assert body["return_token_ids"]
        assert body["include_stop_str_in_output"]
        assert body["stop_token_ids"] == sorted(self.engine._end_ids)
        assert "top_k" in body, "a real one has other defaults"
        assert (body["min_p"], body["repetition_penalty"]) == (0, 1), "a real one has other defaults"
        done = self._sampled(ids, body, tuple(body["stop"]))
        choice |= {"text": done.text, "finish_reason": done.finish, "token_ids": done.token_ids}
        choice["logprobs"] = {"token_logprobs": done.logprobs}
        return {"choices": [choice], "usage": usage(ids, done)}

    def _chat(self, body: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(body) - STANDARD:  # as strict as the strictest provider
            raise EngineError(f"Unrecognized request arguments: {', '.join(sorted(unknown))}")
        ids = self.engine.encode([Message(one["role"], one["content"]) for one in body["messages"]])
        done = self._sampled(ids, body, ())
        choice = {"index": 0, "message": {"role": "assistant", "content": done.text}, "finish_reason": done.finish}
        return {"choices": [choice], "usage": usage(ids, done)}

    def _sampled(self, ids: tuple[int, ...], body: dict[str, Any], stop: tuple[str, ...]) -> Completion:
        sampling = Sampling(
            temperature=body["temperature"],
            top_p=body["top_p"],
            top_k=body.get("top_k", 0),
            max_tokens=body["max_tokens"],
            stop=stop,
        )
        (done,) = self.engine.generate([Request(id="", prompt_ids=ids, seeds=(body["seed"],))], sampling)
        return done

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def usage(ids: tuple[int, ...], done: Completion) -> dict[str, int]:
    return {"prompt_tokens": len(ids), "completion_tokens": len(done.token_ids)}


if __name__ == "__main__":
    Handler.engine = TransformersEngine.load(sys.argv[1], device="cpu")
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
