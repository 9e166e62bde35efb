"""What a person sees when a part is down, slow, cut off or talks nonsense: written, and kept."""
