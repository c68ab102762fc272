"""The demonstration office of Orthe et Arrigans: a small office with a mobile desk, 2018 to 2020."""
