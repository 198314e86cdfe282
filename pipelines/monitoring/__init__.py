"""What is watched from outside: problems and who is told of them, and measurements for Prometheus."""
