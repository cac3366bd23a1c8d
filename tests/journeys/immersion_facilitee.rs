//! What Immersion Facilitée sends becomes the facts that are missing, once.
