"""A site small enough to break in every way: one room of 10 × 8 m, two counters, a post and a dock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

SITE = """\
id: tiny
name: {vi: Trung tâm nhỏ, en: The small centre}
timezone: Asia/Ho_Chi_Minh
languages: [vi, en]
hours:
  monday: [["07:30", "11:30"], ["13:00", "17:00"]]
  saturday: [["07:30", "11:30"]]
tickets: true
floors:
  - {id: "1", name: {vi: tầng 1, en: floor 1}, map: floor_1.yaml}
robots:
  "1": {post: post_1, dock: dock_1}
phrases:
  hours: {vi: buổi sáng, en: in the morning}
  counter_closed: {vi: "{counter} chưa mở.", en: "{counter} is closed."}
  counter_closed_redirect: {vi: "{counter} chưa mở, mời qua {other}.", en: "{counter} is closed, go to {other}."}
  lunch_break: {vi: "Nghỉ trưa, mở lại lúc {opens}.", en: "Lunch break until {opens}."}
  site_closed: {vi: "Ngoài giờ: {hours}.", en: "Outside hours: {hours}."}
"""
MAP = """\
image: floor_1.png
mode: trinary
resolution: 0.05
origin: [0.0, 0.0, 0.0]
negate: 0
occupied_thresh: 0.65
free_thresh: 0.25
"""
PROCEDURES = """\
code,id,name_vi,department,field,colloquial_vi,counters,papers_vi,fee_vi,ticket_first,status,notice_vi
1.000001,,Đăng ký khai sinh,UBND phường,Hộ tịch,làm khai sinh,Q1,tờ khai;giấy chứng sinh,miễn phí,true,active,
1.000002,,Cấp hộ chiếu,Công an,Xuất nhập cảnh,làm hộ chiếu,Q1;Q2,,,true,active,
,giay-la,Cấp giấy lạ,Công an,Khác,giấy lạ,Q2,,,false,elsewhere,Không còn làm ở đây.
"""


def place(place_id: str, kind: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    properties = {"id": place_id, "kind": kind, "floor": "1", "zone": "A", "yaw": 1.5708}
    properties["name"] = {"vi": f"chỗ {place_id}", "en": f"place {place_id}"}
    properties |= more
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [x, y]}}


def zone(zone_id: str, kind: str, x0: float, y0: float, x1: float, y1: float, **more: Any) -> dict[str, Any]:
    properties = {"id": zone_id, "kind": kind, "floor": "1", "name": {"vi": zone_id, "en": zone_id}} | more
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def features() -> list[dict[str, Any]]:
    return [
        place("Q1", "counter", 3.0, 6.0, number="1", department="UBND phường", open=True, priority=False),
        place("Q2", "counter", 7.0, 6.0, number="2", department="Công an", open=False, redirect_to="Q1"),
        place("post_1", "post", 5.0, 2.0, yaw=-1.5708),
        place("dock_1", "dock", 1.0, 1.0),
        place("wc_1", "wc", 9.0, 2.0),
        zone("A", "zone", 0.2, 0.2, 9.8, 7.8),
    ]


def write_places(folder: Path, all_features: list[dict[str, Any]]) -> None:
    """Write one feature a line, the first on line 2."""
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in all_features)
    text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
    (folder / "places.geojson").write_text(text, encoding="utf-8")


def make_site(folder: Path) -> Path:
    """Write the small site; its room has walls 0.2 m thick and a closed closet in the upper right corner."""
    folder.mkdir(parents=True, exist_ok=True)
    image = np.full((160, 200), 254, np.uint8)
    for edge in (np.s_[:4], np.s_[-4:], np.s_[:, :4], np.s_[:, -4:]):
        image[edge] = 0
    image[:60, 156:160] = 0
    image[56:60, 156:] = 0
    cv2.imwrite(str(folder / "floor_1.png"), image)
    (folder / "floor_1.yaml").write_text(MAP, encoding="utf-8")
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    (folder / "procedures.csv").write_text(PROCEDURES, encoding="utf-8")
    write_places(folder, features())
    return folder
