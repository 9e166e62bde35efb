"""Tests of fees."""
