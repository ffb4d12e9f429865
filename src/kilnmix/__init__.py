"""Do images drawn by a diffusion model tuned on your photographs make your classifier better?"""
