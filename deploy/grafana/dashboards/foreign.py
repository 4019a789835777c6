"""Names of metrics that others emit, as their documentation has them. Ours are in flowkit.telemetry.names."""

from typing import Final

# Prometheus, of each target it scrapes
UP: Final = "up"
SCRAPE_SERIES: Final = "scrape_samples_scraped"

# prometheus_client, of a Python process
CPU_SECONDS: Final = "process_cpu_seconds_total"
MEMORY: Final = "process_resident_memory_bytes"
OPEN_FILES: Final = "process_open_fds"
MOST_FILES: Final = "process_max_fds"

# prometheus-nats-exporter -varz -jsz=all
NATS_CONNECTIONS: Final = "gnatsd_varz_connections"
NATS_SUBSCRIPTIONS: Final = "gnatsd_varz_subscriptions"
NATS_MESSAGES_IN: Final = "gnatsd_varz_in_msgs"
NATS_MESSAGES_OUT: Final = "gnatsd_varz_out_msgs"
NATS_BYTES_IN: Final = "gnatsd_varz_in_bytes"
NATS_BYTES_OUT: Final = "gnatsd_varz_out_bytes"
NATS_SLOW_CONSUMERS: Final = "gnatsd_varz_slow_consumers"
NATS_MEMORY: Final = "gnatsd_varz_mem"
JETSTREAM_STREAMS: Final = "jetstream_server_total_streams"
JETSTREAM_CONSUMERS: Final = "jetstream_server_total_consumers"
JETSTREAM_MESSAGES: Final = "jetstream_server_total_messages"
JETSTREAM_BYTES: Final = "jetstream_server_total_message_bytes"
JETSTREAM_MOST_BYTES: Final = "jetstream_server_max_storage"

# postgres_exporter
PG_UP: Final = "pg_up"
PG_CONNECTIONS: Final = "pg_stat_database_numbackends"
PG_MOST_CONNECTIONS: Final = "pg_settings_max_connections"
PG_COMMITS: Final = "pg_stat_database_xact_commit"
PG_ROLLBACKS: Final = "pg_stat_database_xact_rollback"
PG_DEADLOCKS: Final = "pg_stat_database_deadlocks"
PG_BLOCKS_HIT: Final = "pg_stat_database_blks_hit"
PG_BLOCKS_READ: Final = "pg_stat_database_blks_read"
PG_SIZE: Final = "pg_database_size_bytes"
LABEL_DATABASE: Final = "datname"

# The collector, of itself (its reader is told to leave suffixes out)
COLLECTED_SPANS: Final = "otelcol_receiver_accepted_spans"
COLLECTED_LINES: Final = "otelcol_receiver_accepted_log_records"
REFUSED_SPANS: Final = "otelcol_receiver_refused_spans"
REFUSED_LINES: Final = "otelcol_receiver_refused_log_records"
PASSED_SPANS: Final = "otelcol_exporter_sent_spans"
PASSED_LINES: Final = "otelcol_exporter_sent_log_records"
LOST_SPANS: Final = "otelcol_exporter_send_failed_spans"
LOST_LINES: Final = "otelcol_exporter_send_failed_log_records"
COLLECTOR_QUEUE: Final = "otelcol_exporter_queue_size"
COLLECTOR_QUEUE_MOST: Final = "otelcol_exporter_queue_capacity"
LABEL_EXPORTER: Final = "exporter"

# Tempo, Loki, Prometheus, of themselves
TEMPO_SPANS: Final = "tempo_distributor_spans_received_total"
LOKI_LINES: Final = "loki_distributor_lines_received_total"
PROMETHEUS_SAMPLES: Final = "prometheus_tsdb_head_samples_appended_total"
PROMETHEUS_SERIES: Final = "prometheus_tsdb_head_series"
