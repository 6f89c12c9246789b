"""Planning: states, moves and a goal; searches that find optimal plans, and the judge that carries a plan out."""
