"""The motorhome area: passages of its barrier and payments of its kiosk, as two files."""
