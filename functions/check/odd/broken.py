"""A handler whose module cannot be imported, for functions/check/test_runtimes.py."""

raise RuntimeError("broken on purpose")
