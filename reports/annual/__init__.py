"""The annual report: what a year came to, chapter by chapter, with the texts that people wrote."""
