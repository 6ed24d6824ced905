"""The stochastic Landau-Lifshitz-Gilbert equation, which the switching law answers to, and the comparison of all descriptions."""
