"""Distances on the earth, taken as a sphere."""

import math

#: Mean radius of the earth in metres (IUGG, R1)
EARTH_RADIUS = 6_371_008.8


def distance(latitude, longitude, other_latitude, other_longitude):
    """Return the distance of two places along the sphere.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", 1984): exact on a
    sphere, and stable for places close to each other. The search in SQL uses the same.

    :param float latitude: in degrees, north is positive
    :param float longitude: in degrees, east is positive
    :param float other_latitude: idem, of the other place
    :param float other_longitude: idem
    :return: metres
    """
    here, there = math.radians(latitude), math.radians(other_latitude)
    north = math.radians(other_latitude - latitude) / 2
    east = math.radians(other_longitude - longitude) / 2
    chord = (
        math.sin(north) ** 2 + math.cos(here) * math.cos(there) * math.sin(east) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(chord)))


def place(latitude, longitude):
    """Read a position as somebody sent it.

    :param latitude: a number or its text, in degrees
    :param longitude: idem
    :return: (latitude, longitude), or None when that is no place on earth
    """
    try:
        latitude, longitude = float(latitude), float(longitude)
    except (TypeError, ValueError):
        return None
    # Not a number compares as false
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return latitude, longitude
    return None
