"""When things run: the nightly flow, the alerts and the `vigie` command."""
