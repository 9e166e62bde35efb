"""Support that the programme gave to producers: what, by whom, when, at what cost."""
