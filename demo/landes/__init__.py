"""The demonstration office of Landes Chalosse: two intercommunalities collect the tax, 2019 and 2020."""
