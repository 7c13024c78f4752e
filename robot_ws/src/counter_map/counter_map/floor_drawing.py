"""Draw a site from its plan: Nav2 map files, their images, and `places.geojson`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from counter_map.exchange import places_text
from counter_map.floor_plan import CounterRow, FloorPlan, Plan, Rectangle, Wall, read_plan
from counter_map.model import Place, Zone
from guide_common.geometry import Pose2D, wrap_angle

PLAN_FILE = "plan.yaml"
FREE, UNKNOWN, OCCUPIED = 254, 128, 0
"""Grey values; Nav2's own 205 for unknown reads as free under the free_thresh of 0.25 that its map files have."""
HEADINGS = {"east": 0.0, "north": math.pi / 2, "west": math.pi, "south": -math.pi / 2}
DESK_HEIGHT = 1.05
MAP_FILE = """\
# Drawn from {plan}; change the plan and draw again.
image: {image}
mode: trinary
resolution: {resolution}
origin: [0.0, 0.0, 0.0]
negate: 0
occupied_thresh: 0.65
free_thresh: 0.25
"""

Polygon = NDArray[np.float64]


def draw_site(folder: Path) -> list[Path]:
    """Draw every floor of a site from its plan and write its places; return the files written."""
    plan = read_plan(folder / PLAN_FILE)
    written = []
    for floor, floor_plan in plan.floors.items():
        image, map_file = folder / f"floor_{floor}.png", folder / f"floor_{floor}.yaml"
        if not cv2.imwrite(str(image), draw_floor_image(plan, floor_plan)):
            raise OSError(f"{image} cannot be written")
        text = MAP_FILE.format(plan=PLAN_FILE, image=image.name, resolution=plan.resolution)
        map_file.write_text(text, encoding="utf-8")
        written += [image, map_file]
    places = folder / "places.geojson"
    places.write_text(places_text(plan_places(plan), plan_zones(plan)), encoding="utf-8")
    return [*written, places]


def draw_floor_image(plan: Plan, floor: FloorPlan) -> NDArray[np.uint8]:
    """Draw one floor as a grey image (first row = highest y): free indoors, walls and furniture, the rest unknown."""
    cells = (round(floor.size[1] / plan.resolution), round(floor.size[0] / plan.resolution))
    image = np.full(cells, UNKNOWN, np.uint8)
    _fill(image, plan, corners(floor.inside), FREE)
    for room in floor.closed_rooms:
        _fill(image, plan, corners(room), UNKNOWN)
    for wall in floor.walls:
        for part in wall_parts(wall):
            _fill(image, plan, part, OCCUPIED)
    for _, polygon, _ in furniture(plan, floor):
        _fill(image, plan, polygon, OCCUPIED)
    return np.ascontiguousarray(image[::-1])


def _fill(image: NDArray[np.uint8], plan: Plan, polygon: Polygon, grey: int) -> None:
    """Fill the cells whose middle is inside a polygon given in metres; row 0 is the lowest y."""
    shift = 8
    points = np.round((polygon / plan.resolution - 0.5) * 2**shift).astype(np.int32)
    cv2.fillPoly(image, [points], grey, lineType=cv2.LINE_8, shift=shift)


def corners(rect: Rectangle) -> Polygon:
    """Return the corners of a rectangle, counter-clockwise."""
    x0, y0, x1, y1 = rect
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def wall_parts(wall: Wall) -> Iterator[Polygon]:
    """Give a rectangle for each straight part of a wall, long enough that the parts close at corners."""
    half = wall.thickness / 2
    for a, b in zip(wall.along, wall.along[1:], strict=False):
        start, end = np.array(a), np.array(b)
        along = (end - start) / np.linalg.norm(end - start)
        side, start, end = np.array([-along[1], along[0]]) * half, start - along * half, end + along * half
        yield np.array([start + side, start - side, end - side, end + side])


def furniture(plan: Plan, floor: FloorPlan) -> Iterator[tuple[str, Polygon, float]]:
    """Give id, outline and height of everything that stands on the floor: pieces, benches, desks."""
    for piece in floor.furniture:
        yield piece.id, corners(piece.rect), piece.height
    for block in floor.benches:
        for row, y in enumerate(block.y, 1):
            for i, (x0, x1) in enumerate(block.x, 1):
                outline = corners((x0, y - block.depth / 2, x1, y + block.depth / 2))
                yield f"{block.id}_{row}_{i}", outline, block.height
    for counter_row in floor.counters:
        for number, middle in _desks(counter_row):
            width, depth = plan.desk if counter_row.facing in ("north", "south") else plan.desk[::-1]
            half = np.array([width, depth]) / 2
            yield f"desk_Q{number}", corners((*(middle - half), *(middle + half))), DESK_HEIGHT


def _desks(row: CounterRow) -> Iterator[tuple[int, NDArray[np.float64]]]:
    for i in range(row.count):
        yield row.first + i, np.array(row.start) + i * np.array(row.step)


def plan_places(plan: Plan) -> Iterator[Place]:
    """Give the counters and other places of the whole plan, each with the pose at which the robot stops."""
    agency = {number: department for department in plan.departments for number in department.counters}
    for floor, floor_plan in plan.floors.items():
        for row in floor_plan.counters:
            outwards = HEADINGS[row.facing]
            reach = plan.desk[1] / 2 + plan.stand_off
            for number, (x, y) in _desks(row):
                redirect = plan.closed.get(number)
                yield Place(
                    id=f"Q{number}",
                    kind="counter",
                    floor=floor,
                    zone=row.zone,
                    stand=Pose2D(
                        x + reach * math.cos(outwards), y + reach * math.sin(outwards), wrap_angle(outwards + math.pi)
                    ),
                    names={language: text.format(number=number) for language, text in plan.counter.items()},
                    number=str(number),
                    department=agency[number].name,
                    open=number not in plan.closed,
                    redirect_to=f"Q{redirect}" if redirect else "",
                    priority=number in plan.priority,
                    staff=agency[number].staff,
                )
        for spot in floor_plan.places:
            stand = Pose2D(*spot.at, wrap_angle(math.radians(spot.heading)))
            yield Place(spot.id, spot.kind, floor, spot.zone, stand, spot.name)


def plan_zones(plan: Plan) -> Iterator[Zone]:
    """Give the polygons of the whole plan: its areas, a keep-out around each block of benches, and the furniture."""
    for floor, floor_plan in plan.floors.items():
        for area in floor_plan.areas:
            outline = corners(area.rect) if area.rect else np.array(area.polygon)
            direction = None if area.direction is None else wrap_angle(math.radians(area.direction))
            yield Zone(area.id, area.kind, floor, outline, area.name, area.max_speed, direction=direction)
        for block in floor_plan.benches:
            reach = block.depth / 2
            around = (
                min(x for x, _ in block.x), min(block.y) - reach, max(x for _, x in block.x), max(block.y) + reach
            )  # fmt: skip
            yield Zone(f"keepout_{block.id}_{floor}", "keepout", floor, corners(around))
        for piece_id, outline, height in furniture(plan, floor_plan):
            unique = piece_id if piece_id.startswith("desk_") else f"{piece_id}_{floor}"
            yield Zone(unique, "furniture", floor, outline, height=height)
