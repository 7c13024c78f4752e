"""Everything one sees of a simulated run: frames, films, recordings, evidence of failures, comparisons."""
