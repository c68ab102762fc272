-- What a person wrote of a year in the register of indicators kept by hand.
SELECT * FROM marts.manual_indicator
