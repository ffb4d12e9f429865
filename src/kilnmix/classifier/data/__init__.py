"""What each optimiser step gets: slots, pixels, augmentation."""
