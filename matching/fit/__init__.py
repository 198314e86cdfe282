"""How well a member fits a lot: what is measured, how it weighs, how the weights are learned and told."""
