"""Texts of others in a prompt can neither end their part nor speak as the chat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.fencing import fenced, quieted

CONTROL = [
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|start_header_id|>", "<|eot_id|>", "<|begin_of_text|>"),
    *("<|channel|>", "<|message|>", "<|user|>", "<|assistant|>", "<|reserved_special_token_0|>", "[|endofturn|]"),
    *("<s>", "</s>", "<bos>", "<eos>", "<pad>", "<unk>", "<think>", "</think>", "[CLS]", "[SEP]", "[MASK]"),
    *("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "[SYSTEM_PROMPT]", "[TOOL_CALLS]"),
    *("<start_of_turn>", "<end_of_turn>", "<extra_id_0>", "<file_sep>", "<repo_name>"),
    *("<｜User｜>", "<｜end▁of▁sentence｜>", "<seed:bos>", "[UNUSED_TOKEN_146]"),
]
"""Of the chat templates of Llama 2 and 3, Qwen, SmolLM, Gemma, Mistral, DeepSeek, Phi, gpt-oss, EXAONE, T5, BERT,
Seed-OSS and InternLM 2."""


@pytest.mark.parametrize("token", CONTROL)
def test_what_opens_or_ends_a_turn_is_broken(token: str) -> None:
    for text in (token, f"so {token} it is", token + token, token.upper(), token[:3] + token + token[3:]):
        shown = quieted(text)
        assert token not in shown
        assert shown.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "text", ["a < b", "x <= 3 and [1, 2]", "<answer>7</answer>", "<b>", "if (a<b) c[i]", "[x]", ""]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert quieted(text) == text


@given(st.text(max_size=200), st.text(max_size=40))
def test_a_text_stands_whole_between_marks_that_it_does_not_hold(text: str, name: str) -> None:
    lines = fenced(f"response {name}".replace("\n", " "), text, 3).split("\n")
    mark = lines[0].split()[-2]
    inside = "\n".join(lines[1:-1])
    assert mark not in inside
    assert inside == quieted(text)
    assert mark in lines[-1]


def test_marks_change_with_text_seed_and_name() -> None:
    marks = {fenced(*asked).split("\n")[0] for asked in (("r", "a", 0), ("r", "b", 0), ("r", "a", 1), ("q", "a", 0))}
    assert len(marks) == 4
    assert fenced("r", "a", 0) == fenced("r", "a", 0)


def test_an_old_fence_does_not_end_a_new_one() -> None:
    first = fenced("response", "7")
    again = fenced("response", first)
    assert again.split("\n")[0] not in first
    assert again.endswith(again.split("\n")[-1])
    assert again.split("\n")[-1] not in first


def test_broken_unicode_and_hostile_lengths_are_read() -> None:
    assert quieted("a\ud800b") == "a?b"
    assert len(quieted("<|" * 500_000)) == 1_500_000
    assert quieted("<" + "a" * 1_000_000).startswith("<aaa")
