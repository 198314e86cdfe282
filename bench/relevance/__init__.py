"""Who should be notified of real lots, compared with a reader's judgements: `python -m bench.relevance --data D
--notices N`.

The folder of judged lots, the figures, the folds and the baseline. The score measured is the engine's.
"""
