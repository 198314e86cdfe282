"""A real sentence-transformers folder with small random weights, for tests of how a night runs and not of how well it
understands."""

from __future__ import annotations

import string
from pathlib import Path


def write_small_model(folder: Path) -> Path:
    """A BERT of one layer over single letters, mean pooling, 32 dimensions; the same weights each time."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(7)
    letters = [*string.ascii_lowercase, *string.digits, "é", "è", "à", "ç", "ê", "ô", "û", "ü", "ö", "ä", "ß", "'", "-"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    bare = folder / "bare"
    bare.mkdir(parents=True)
    (bare / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(bare)
    BertTokenizerFast(str(bare / "vocab.txt")).save_pretrained(bare)
    words = Transformer(str(bare), max_seq_length=128)
    whole = SentenceTransformer(modules=[words, Pooling(32), Normalize()])
    whole.save(str(folder / "model"))
    return folder / "model"
