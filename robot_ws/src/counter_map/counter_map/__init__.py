"""Places, counters, procedures and zones: the model, the store, the lookup."""
