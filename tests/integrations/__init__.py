"""Tests of adapters and of the runtime."""
