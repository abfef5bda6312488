"""What we know about models and questions: pools, prices, datasets, run profiles, banks and priors."""
