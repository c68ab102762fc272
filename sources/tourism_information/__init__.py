"""The tourism information system, Apidae: export ZIPs in the inbox, or its search API."""
