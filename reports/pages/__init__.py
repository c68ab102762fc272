"""The pages of a published version: what is on each, and how they are written beside its database."""
