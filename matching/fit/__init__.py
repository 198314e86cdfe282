"""How well a member fits a lot: the measures, their weights, how the weights are learned, and the reasons."""
