"""Crawling and reading: feeds by shape of access, one file per source, pure readers from bytes to facts."""
