"""Who should be notified of real lots, against what a reader found: `python -m bench.relevance --data D --notices N`.

Here belong the folder of judged lots, the figures, the folds and the rival. The score measured is the engine's.
"""
