"""What the tests of several rooms share: invented worlds, servers and files. No test stands here."""
