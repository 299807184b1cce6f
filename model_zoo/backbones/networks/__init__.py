"""The layers of the shipped networks. Imports torch, so only functions that build a network import it."""
