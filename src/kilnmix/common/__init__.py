"""What every room needs: errors, seeds, digests, files, devices, processes, progress."""
