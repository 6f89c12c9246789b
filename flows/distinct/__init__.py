"""`taskmill distinct`: the distinct problems of data files, whoever wrote them, row by row as they were.

documents -> keys -> (exactly the same: gone) -> vectors -> pairs, decided -> distinct and removed

Each shard, and each part of the groups that are compared, is one Prefect task; what it makes is one file under `work/`,
written whole, so that a killed run goes on. Only documents whose numbers agree are ever compared: they are one group.
"""
