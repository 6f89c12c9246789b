"""`taskmill plan CONFIG`: what a run will make and cost, before it is run."""
