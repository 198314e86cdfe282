from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.encoder.e5 import MAX_TOKENS, find_weights, folder_name, rebuild_e5, sweep_unfinished
from matching.encoder.embedding import EMBEDDED, Model, digest_of, load_model
from matching.encoder.encoding import batches_of, count_tokens, encode_raw, multiplies_halves, open_folder
from matching.engine import match_lots, texts_to_encode
from matching.errors import ModelUnusable
from tests.support.matching_world import NOON, competence, lot, member
from warehouse.model.notices import Text


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The real model, rebuilt once for all tests (5 to 20 s, 470 MB)."""
    return load_model(EMBEDDED, tmp_path_factory.mktemp("models"))


def test_the_embedded_model_understands_across_languages(embedded: Model) -> None:
    vectors = embedded.encode(
        [
            Text("Fourniture d'onduleurs pour le centre de données", "FRA"),
            Text("Levering van UPS voor het datacenter", "NLD"),
            Text("Restauration scolaire, livraison de repas", "FRA"),
            Text("Catering for schools", "ENG"),
        ]
    )
    similarity = vectors @ vectors.T
    assert similarity[0, 1] > similarity[0, 2] + 0.15
    assert similarity[2, 3] > similarity[0, 2] + 0.15


def test_a_dutch_call_meets_a_french_firm_by_its_meaning(embedded: Model) -> None:
    guard = member("veille", competence("Supervision de serveurs 24 heures sur 24 et astreinte", "72514000"))
    baker = member("four", competence("Boulangerie et livraison de pains", "15811000"))
    call = lot("Beheer en monitoring van servers, dag en nacht", cpv=["72500000"], language="NLD")
    vectors = embedded.encode_kept(texts_to_encode([call], [guard, baker]))
    (match_result,) = match_lots([call], [guard, baker], (), vectors, as_of=NOON)
    assert match_result.matches[0].member == "veille"
    assert all(match.score < 0.02 for match in match_result.matches[1:])
    assert "meaning" in {reason.kind for reason in match_result.matches[0].reasons}


def test_vectors_have_length_one_and_the_order_of_their_texts(small_model: Path, tmp_path: Path) -> None:
    model = load_model(str(small_model), tmp_path)
    texts = [Text("un texte plus long que les autres", "fr"), Text("court", "fr"), Text("een woord", "nl")]
    vectors = model.encode(texts)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[1], model.encode(texts[1:2])[0], atol=1e-5)


def test_the_same_words_are_centred_by_their_language(small_model: Path, tmp_path: Path) -> None:
    french, dutch = load_model(str(small_model), tmp_path).encode([Text("service", "fr"), Text("service", "nl")])
    assert not np.allclose(french, dutch)


def test_progress_counts_tokens_and_ends_with_all_of_them(small_model: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    model, texts = load_model(str(small_model), tmp_path), [Text(f"mot {'bien ' * (i % 30)}{i}") for i in range(300)]
    model.encode(texts, lambda *step: seen.append(step))
    tokens = sum(model.count_tokens(texts))
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == (tokens, tokens)


@given(tokens=st.lists(st.integers(1, 140), max_size=80), at_once=st.integers(100, 900))
def test_every_text_is_in_one_batch_that_fits_beside_others_of_its_length(tokens: list[int], at_once: int) -> None:
    batches = list(batches_of(tokens, at_once))
    assert sorted(i for batch in batches for i in batch) == list(range(len(tokens)))
    assert all(len(batch) * max(tokens[i] for i in batch) <= at_once or len(batch) == 1 for batch in batches)
    assert [tokens[i] for batch in batches for i in batch] == sorted(tokens)


def test_a_small_model_is_not_halved(small_model: Path) -> None:
    assert {str(numbers.dtype) for numbers in open_folder(small_model).parameters()} == {"torch.float32"}


def test_halving_the_numbers_leaves_the_vectors_as_they_are(embedded: Model, tmp_path: Path) -> None:
    texts = ["Fourniture d'onduleurs pour le centre de données", "Onderhoud van de servers, dag en nacht", "Kabel"]
    folder = rebuild_e5(find_weights(), embedded.home)
    quick, whole = open_folder(folder), open_folder(folder, halved=False)
    if not multiplies_halves():
        pytest.skip("this processor has no instructions for bfloat16: both models are the same")
    cosines = (encode_raw(quick, texts) * encode_raw(whole, texts)).sum(axis=1)
    assert cosines.min() > 0.9999
    assert cosines.min() < 0.9999999, "nothing was halved"


def test_kept_vectors_are_found_by_the_digest_of_their_text(small_model: Path, tmp_path: Path) -> None:
    text = Text("Serveurs", "fr")
    model = load_model(str(small_model), tmp_path)
    kept = model.encode_kept([text])
    assert np.frombuffer(kept[digest_of(text)], dtype="<f4") == pytest.approx(model.encode([text])[0], abs=1e-6)


def test_nothing_to_encode_loads_nothing(tmp_path: Path) -> None:
    model = load_model(EMBEDDED, tmp_path)
    assert model.encode([]).shape == (0, 0)
    assert model.encode_kept([]) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_other_weights_has_another_id(small_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    for file in small_model.rglob("*"):
        if file.is_file():
            (copy / file.relative_to(small_model)).parent.mkdir(parents=True, exist_ok=True)
            (copy / file.relative_to(small_model)).write_bytes(file.read_bytes())
    assert load_model(str(copy), tmp_path).id == load_model(str(small_model), tmp_path).id
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert load_model(str(copy), tmp_path).id != load_model(str(small_model), tmp_path).id


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "embedded:other", ""])
def test_a_model_that_is_not_there_is_one_sentence_with_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"embedded:e5-small"):
        load_model(name, tmp_path)


def test_a_folder_that_holds_no_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"neither modules\.json nor config\.json"):
        load_model(str(tmp_path), tmp_path)


def test_a_damaged_folder_says_to_delete_it(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"cut short")
    with pytest.raises(ModelUnusable, match=r"cannot be loaded .*delete this folder"):
        load_model(str(tmp_path), tmp_path).encode([Text("mot", "fr")])


def test_weights_that_are_not_the_published_ones_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"E5S1 but not the file")
    with pytest.raises(ModelUnusable, match=r"sha256 .* instead of 1571fc982750"):
        rebuild_e5(weights, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelUnusable, match="could not be written"):
        rebuild_e5(find_weights(), tmp_path / "file" / "home")


def test_what_a_killed_build_left_is_swept_before_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".building-999999999-x"
    left.mkdir()
    sweep_unfinished(tmp_path)
    assert not left.exists()


def test_a_model_built_already_is_not_built_again(tmp_path: Path) -> None:
    (tmp_path / folder_name()).mkdir()
    assert rebuild_e5(tmp_path / "no weights needed", tmp_path) == tmp_path / folder_name()


def _saved_with(small_model: Path, folder: Path, *, pooling: str = "mean", prompt: str | None = None) -> Path:
    """The small model's folder with another pooling, and with a prompt for queries."""
    copied = shutil.copytree(small_model, folder)
    settings = copied / "1_Pooling" / "config.json"
    read = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps({**read, "pooling_mode": pooling}), encoding="utf-8")
    if prompt is not None:
        config = copied / "config_sentence_transformers.json"
        known = json.loads(config.read_text(encoding="utf-8"))
        config.write_text(json.dumps({**known, "prompts": {"query": prompt}}), encoding="utf-8")
    return copied


def test_the_prompt_that_a_folder_states_stands_before_every_text(small_model: Path, tmp_path: Path) -> None:
    plain = open_folder(small_model)
    prompted = open_folder(_saved_with(small_model, tmp_path / "prompted", prompt="query: "))
    assert count_tokens(prompted, ["serveurs"])[0] > count_tokens(plain, ["serveurs"])[0]
    found, expected = encode_raw(prompted, ["serveurs"]), encode_raw(plain, ["query: serveurs"])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_tokens_are_pooled_as_the_folder_states(small_model: Path, tmp_path: Path) -> None:
    first = open_folder(_saved_with(small_model, tmp_path / "cls", pooling="cls"))
    assert not np.allclose(
        encode_raw(first, ["deux serveurs"]), encode_raw(open_folder(small_model), ["deux serveurs"])
    )


def test_a_text_is_cut_where_the_folder_states_and_at_most_at_that_of_the_embedded_model(small_model: Path) -> None:
    model = open_folder(small_model)
    assert model.max_seq_length == 128 <= MAX_TOKENS
    long = "a " * 300
    np.testing.assert_allclose(encode_raw(model, [long]), encode_raw(model, ["a " * 126]), atol=1e-6)
    assert count_tokens(model, [long]) == [128]


def test_vectors_have_the_length_of_the_folder(small_model: Path, tmp_path: Path) -> None:
    model = load_model(str(small_model), tmp_path)
    assert model.dimension == 32 == model.encode([Text("serveurs", "FRA")]).shape[1]
