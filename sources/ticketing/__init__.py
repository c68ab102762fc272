"""The ticketing: workbooks and exports, and the API of Billetweb."""
