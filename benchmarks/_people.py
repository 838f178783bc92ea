"""Invented people of Benin, and the ways in which their numbers are written."""

FIRST = "Afi Koffi Codjo Adjoa Sèna Bernadin Ghislaine Léonce Rachidatou Yaovi".split()
LAST = "Adjovi Zinsou Hounsou Kérékou Toko Agbodjan N'Dah Dossou Ahouansou".split()
TOWNS = "Cotonou Porto-Novo Parakou Bohicon Djougou Ouidah Lokossa Kandi Savè".split()
#: Of the eight digits that a number had until 2024
FORMS = ("01{}", "+229 01 {}", "{}", "0022901{}")
