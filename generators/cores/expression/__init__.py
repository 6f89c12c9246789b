"""The expression core: exact arithmetic on expression trees, random trees, and how they are written."""
