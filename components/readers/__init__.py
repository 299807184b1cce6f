"""Recurrent networks compared on a visitor's own texts: choosing, watching, the answer."""
