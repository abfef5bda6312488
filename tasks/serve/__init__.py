"""Questions that people ask: answered one by one, over HTTP or in the terminal, and labelled later."""
