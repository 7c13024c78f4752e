"""Maps, costmaps, planning, following, localisation, people tracking, the velocity guard."""
