"""The synthetic images: base models, captions, caches, the LoRA module, drawing."""
