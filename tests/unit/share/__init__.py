"""Tests of the pictures to pass on."""
