"""Where things lie: the home, the working database, the archive, the ledger, the journal, locks, secrets."""
