"""What the tests of several rooms share: invented worlds, servers and files. There is no test here."""
