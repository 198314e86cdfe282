"""Text as such: BM25, sentences, languages, stop words, n-grams."""
