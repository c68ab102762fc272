-- What a code of a warning or of a reason means, in both languages.
SELECT * FROM marts.figure_note
