"""Texts: BM25, sentences, languages, stop words, n-grams."""
