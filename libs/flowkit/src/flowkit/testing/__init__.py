"""Run one flow with fakes, a bus in memory, real servers on free ports."""
