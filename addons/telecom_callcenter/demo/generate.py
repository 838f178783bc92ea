#!/usr/bin/env python3
"""Write the demo's longer files: public holidays and voices.

Run in this folder after a change; its results are committed, so that installing the
demo needs neither this script nor a voice. ``espeak-ng`` speaks (with ``--voices``).
"""

import csv
import io
import subprocess
import sys
import wave
from datetime import date, timedelta

# Feasts that follow the moon are those announced or expected
HOLIDAYS = {
    "benin": {
        2026: {
            (1, 1): "Jour de l'an",
            (1, 10): "Fête du vodoun",
            (3, 20): "Ramadan",
            (4, 6): "Lundi de Pâques",
            (5, 1): "Fête du travail",
            (5, 14): "Ascension",
            (5, 25): "Lundi de Pentecôte",
            (5, 27): "Tabaski",
            (8, 1): "Fête de l'indépendance",
            (8, 15): "Assomption",
            (8, 26): "Maouloud",
            (11, 1): "Toussaint",
            (12, 25): "Noël",
        },
        2027: {
            (1, 1): "Jour de l'an",
            (1, 10): "Fête du vodoun",
            (3, 10): "Ramadan",
            (3, 29): "Lundi de Pâques",
            (5, 1): "Fête du travail",
            (5, 6): "Ascension",
            (5, 16): "Tabaski",
            (5, 17): "Lundi de Pentecôte",
            (8, 1): "Fête de l'indépendance",
            (8, 15): "Assomption et Maouloud",
            (11, 1): "Toussaint",
            (12, 25): "Noël",
        },
    },
    "tunisia": {
        2026: {
            (1, 1): "Jour de l'an",
            (3, 20): "Fête de l'indépendance, Aïd el-Fitr",
            (3, 21): "Aïd el-Fitr",
            (4, 9): "Journée des martyrs",
            (5, 1): "Fête du travail",
            (5, 27): "Aïd el-Adha",
            (5, 28): "Aïd el-Adha",
            (6, 17): "Nouvel an de l'hégire",
            (7, 25): "Fête de la République",
            (8, 13): "Fête de la femme",
            (8, 26): "Mouled",
            (10, 15): "Fête de l'évacuation",
            (12, 17): "Fête de la révolution",
        },
        2027: {
            (1, 1): "Jour de l'an",
            (3, 10): "Aïd el-Fitr",
            (3, 11): "Aïd el-Fitr",
            (3, 20): "Fête de l'indépendance",
            (4, 9): "Journée des martyrs",
            (5, 1): "Fête du travail",
            (5, 16): "Aïd el-Adha",
            (5, 17): "Aïd el-Adha",
            (6, 6): "Nouvel an de l'hégire",
            (7, 25): "Fête de la République",
            (8, 13): "Fête de la femme",
            (8, 15): "Mouled",
            (10, 15): "Fête de l'évacuation",
            (12, 17): "Fête de la révolution",
        },
    },
}
VOICES = {
    "bienvenue_mono": "Bienvenue chez Mono Télécom. Un téléconseiller va vous "
    "répondre dans un instant.",
    "bienvenue_carthage": "Bienvenue chez Carthage Mobile. Un téléconseiller va vous "
    "répondre dans un instant.",
    "ferme": "Notre service client est fermé. Vous recevrez par SMS la liste de nos "
    "canaux digitaux. Merci de votre appel.",
    "indisponible": "Notre service est momentanément indisponible. Vous recevrez par "
    "SMS la liste de nos canaux digitaux.",
}


def write(name, header, rows):
    with open(name, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def holidays():
    for operator, years in HOLIDAYS.items():
        for year, days in years.items():
            for (month, day), name in days.items():
                start = date(year, month, day)
                # Both countries are at UTC+1 all the year round
                yield [
                    f"holiday_{operator}_{start:%Y%m%d}",
                    name,
                    f"calendar_{operator}_office",
                    f"telecom_crm.company_{operator}",
                    f"{start - timedelta(days=1)} 23:00:00",
                    f"{start} 22:59:59",
                ]


def speak(name, text):
    """Write a small WAV file: 8 kHz, 16 bit, mono."""
    import audioop  # noqa: PLC0415 - until Python 3.12; only for this

    spoken = subprocess.run(
        ["espeak-ng", "-v", "fr", "-s", "150", "--stdout", text],
        capture_output=True,
        check=True,
    ).stdout
    with wave.open(io.BytesIO(spoken)) as source:
        frames = source.readframes(10**9)
        frames, _state = audioop.ratecv(frames, 2, 1, source.getframerate(), 8000, None)
    frames = audioop.mul(frames, 2, min(1.0, 22000 / audioop.max(frames, 2)))
    with wave.open(f"sounds/{name}.wav", "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(8000)
        target.writeframes(frames)


def main():
    write(
        "resource.calendar.leaves.csv",
        ["id", "name", "calendar_id/id", "company_id/id", "date_from", "date_to"],
        holidays(),
    )
    if "--voices" in sys.argv:
        for name, text in VOICES.items():
            speak(name, text)


if __name__ == "__main__":
    main()
