"""Tests of the listing."""
