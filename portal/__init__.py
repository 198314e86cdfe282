"""ANSWERS: a small web application for members and the operator. It reads, and keeps only what a member chooses."""
