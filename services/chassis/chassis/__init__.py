"""What every Guanxi service shares: server, worker, resources, events, authorization, files and telemetry."""
