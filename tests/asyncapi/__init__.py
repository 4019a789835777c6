"""The AsyncAPI document, read by the parser of those who wrote the specification."""
