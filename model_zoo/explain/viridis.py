"""The colours of evidence and of attention, laid over a grey picture. Plain Python: pages draw with them, too."""

# Viridis in nine steps (Smith & van der Walt 2015): even in lightness, fit for the colour-blind, neither ice nor ember.
COLOURS = ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725")
OPACITY = 0.7  # of the colour where there is most; where there is none the picture is seen, in grey
