"""What stands on the OpenTelemetry SDK, beside its set-up."""
