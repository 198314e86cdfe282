"""Words as such: languages, sentences, stems, expressions. Nothing of lots or members."""
