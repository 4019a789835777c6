"""How often one may ask: token buckets, filled at a rate, shared between gateways."""
