"""A curriculum as a dataset to publish: Parquet, a card, Croissant metadata, and what it takes to make it again."""
