"""Measurements that are too slow or too noisy for the tests. Each is a command and prints its figures."""
