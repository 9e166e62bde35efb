"""Tests of pure code and of single parts."""
