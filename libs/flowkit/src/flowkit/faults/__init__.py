"""Faults put into flows on purpose, to see what comes of them: for tests and game days, where they are allowed."""

from flowkit.faults.bucket import Bucket, BucketAway, key_of
from flowkit.faults.faults import Faults
from flowkit.faults.planned import MOST_S, Effect, PlannedFault, Unfit

__all__ = ["MOST_S", "Bucket", "BucketAway", "Effect", "Faults", "PlannedFault", "Unfit", "key_of"]
