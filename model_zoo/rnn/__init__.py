"""Recurrent networks in every wiring."""
