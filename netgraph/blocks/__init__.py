"""The blocks: words of the vocabulary that unfold into nets of other words, a page for each family."""
