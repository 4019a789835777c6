"""A process's black box: what its spans were doing, in memory that outlives a kill -9, for whoever comes after it."""
