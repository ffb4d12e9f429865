"""The pocket models: autoencoder, base and backbone, trained on the generic domain."""
