"""The rules of other engines, as they pick: one file for each engine, and their table.

==================  ===================================  =========================================
file                rules in :data:`table.PEER_RULES`    running mean of the loss that it judges
==================  ===================================  =========================================
``torch_lr_finder`` "torch-lr-finder" (0.2)              weight .05 for the new loss, from the first
``athena``          "athena-steepest", "athena-minimum"  the same
``ignite``          "ignite" (0.5)                       the same
``lightning``       "lightning" (2.5.3 and later),       weight .02 for the new loss, its bias taken
                    "lightning-2.5.2" (and before)       out one step too far
``fastai``          "fastai-valley", "fastai-slide",     weight .02 for the new loss, its bias taken
                    "fastai-minimum", "fastai-steep"     out
                    (2.8)
==================  ===================================  =========================================

``slopes`` is what several of them share.
"""
