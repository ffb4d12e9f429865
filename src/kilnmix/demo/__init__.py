"""The rendered demo collection and the pocket models: what is drawn, and how the models that know it are trained."""
