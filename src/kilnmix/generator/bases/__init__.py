"""The base diffusion model: found, checked, loaded, identified; never silently replaced."""
