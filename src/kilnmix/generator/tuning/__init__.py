"""Fine-tuning: an adapter learns from cached latents and captions."""
