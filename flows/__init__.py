import flows.prefect_defaults  # noqa: F401 - before anything here imports prefect, which reads the environment then
