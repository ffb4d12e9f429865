from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import load_file

from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from kilnmix.generator import captions, own_tokens
from kilnmix.generator.base import load_base
from kilnmix.generator.order import Order
from kilnmix.generator.text import encode_captions, encoders
from tests.generator.conftest import make_settings

TERMS = ("jar", "a bowl")


def test_terms_become_tokens_where_they_are_whole_words() -> None:
    assert own_tokens.token("Jun ware") == "<jun-ware>"
    assert own_tokens.worded("Jun ware, Jun kiln, Junk", ["Jun", "Jun ware"]) == "<jun-ware>, <jun> kiln, Junk"
    assert own_tokens.worded("Jun", []) == "Jun"
    assert own_tokens.in_order(Order((), ("Jun kiln",), ()), ["Jun"]).prompts == ("<jun> kiln",)


def test_the_terms_are_the_words_of_the_classes_that_photographs_show() -> None:
    tasks = (
        Task("kiln", ("jun", "ding", "cizhou"), {"jun": "Jun", "ding": "Ding", "cizhou": "Cizhou"}),
        Task("type", ("bowl",), {"bowl": "bowl"}),
    )
    labels = np.array([[1, 0], [0, 0], [-1, 0]])
    assert captions.own_terms(tasks, labels, ["kiln"]) == ("Ding", "Jun")
    assert captions.own_terms(tasks, labels, []) == ()
    with pytest.raises(UserError, match=r"own_tokens names glaze.*kiln, type"):
        captions.own_terms(tasks, labels, ["glaze"])


def test_a_token_begins_as_the_mean_of_the_terms_own(tiny_base: Path) -> None:
    pipeline = load_base(make_settings(tiny_base))
    ids = pipeline.tokenizer("a bowl", add_special_tokens=False).input_ids
    table = pipeline.text_encoder.get_input_embeddings().weight.detach().clone()
    before = encode_captions(pipeline, ["a jar"]).embeddings
    (embedding,) = own_tokens.add(pipeline, TERMS)
    torch.testing.assert_close(embedding.own[1], table[ids].mean(dim=0))
    new = pipeline.tokenizer("<a-bowl>", add_special_tokens=False).input_ids
    assert new == [len(table) + 1]
    shown = embedding(torch.tensor([ids[0], new[0]]))
    torch.testing.assert_close(shown, torch.stack([table[ids[0]], embedding.own[1]]))
    # Captions without a token are told as before.
    assert torch.equal(encode_captions(pipeline, ["a jar"]).embeddings, before)
    assert [name for name, weight in embedding.named_parameters() if weight is embedding.own] == ["own"]


@pytest.mark.parametrize("family", ["sd", "xl"])
def test_stock_diffusers_reads_the_tokens(tiny_base: Path, tiny_xl: Path, tmp_path: Path, family: str) -> None:
    base = tiny_xl if family == "xl" else tiny_base
    settings = make_settings(base)
    pipeline = load_base(settings)
    torch.manual_seed(0)
    for embedding in own_tokens.add(pipeline, TERMS):
        embedding.own.data.normal_()
    own_tokens.save(pipeline, TERMS, tmp_path)
    told = encode_captions(pipeline, ["<jar>, celadon", "<a-bowl>"])
    again = load_base(settings)
    assert own_tokens.load(again, tmp_path) == own_tokens.terms_of(tmp_path) == TERMS
    assert torch.equal(encode_captions(again, ["<jar>, celadon", "<a-bowl>"]).embeddings, told.embeddings)
    stock = (StableDiffusionXLPipeline if family == "xl" else StableDiffusionPipeline).from_pretrained(base)
    for path in own_tokens.files(tmp_path):
        if family == "sd":
            stock.load_textual_inversion(path, token=f"<{path.stem}>")
            continue
        rows = load_file(path)
        for name, (tokenizer, encoder) in zip(("clip_l", "clip_g"), encoders(stock), strict=True):
            stock.load_textual_inversion(
                rows[name], token=f"<{path.stem}>", text_encoder=encoder, tokenizer=tokenizer
            )  # fmt: skip
    theirs = encode_captions(stock, ["<jar>, celadon", "<a-bowl>"])
    torch.testing.assert_close(theirs.embeddings, told.embeddings, atol=2e-3, rtol=1e-2)


def test_tokens_that_are_cut_or_of_another_base_or_the_same(tiny_base: Path, tiny_xl: Path, tmp_path: Path) -> None:
    pipeline = load_base(make_settings(tiny_base))
    assert own_tokens.load(pipeline, tmp_path) == ()
    with pytest.raises(UserError, match="share the token <a-jar>"):
        own_tokens.add(pipeline, ("a jar", "A, jar"))
    own_tokens.add(pipeline, TERMS)
    own_tokens.save(pipeline, TERMS, tmp_path)
    with pytest.raises(UserError, match="does not fit"):
        own_tokens.load(load_base(make_settings(tiny_xl)), tmp_path)
    path = own_tokens.files(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match="is cut"):
        own_tokens.terms_of(tmp_path)
