"""The method as arrays: retrieve → prior → rank → mask → vote, the same for a run, a live question and an analysis.

Nothing here asks anybody or reads anything: n questions, Q bank items, P models in pool order.
"""
