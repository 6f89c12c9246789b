"""What work costs: measured where it is done, kept in the run's folder, forecast for work to come."""
