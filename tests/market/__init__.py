"""Tests of the top floor."""
