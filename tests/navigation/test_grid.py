from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from guide_common.geometry import Pose2D
from navigation.errors import MapError, MapHeaderError, MapImageError, MapMissingError
from navigation.grid import FREE, OCCUPIED, UNKNOWN, GridMap, load_map, polygon_mask, save_map

HEADER = {
    "image": "floor.png",
    "resolution": 0.05,
    "origin": [0.0, 0.0, 0.0],
    "negate": 0,
    "occupied_thresh": 0.65,
    "free_thresh": 0.25,
}


def write_map(folder: Path, picture: np.ndarray | bytes | None = None, suffix: str = ".png", **changes: object) -> Path:
    header = {**HEADER, "image": f"floor{suffix}", **changes}
    lines = [f"{key}: {value}" for key, value in header.items() if value is not None]
    path = folder / "floor.yaml"
    path.write_text("\n".join(lines))
    if isinstance(picture, bytes):
        (folder / f"floor{suffix}").write_bytes(picture)
    else:
        cv2.imwrite(str(folder / f"floor{suffix}"), np.full((4, 6), 254, np.uint8) if picture is None else picture)
    return path


class TestReading:
    @pytest.mark.parametrize("suffix", [".png", ".pgm", ".bmp"])
    def test_the_last_row_of_the_image_is_the_lowest(self, tmp_path: Path, suffix: str) -> None:
        image = np.array([[0, 254, 254], [254, 254, 120]], np.uint8)
        grid = load_map(write_map(tmp_path, image, suffix))
        assert grid.data.tolist() == [[FREE, FREE, UNKNOWN], [OCCUPIED, FREE, FREE]]

    @pytest.mark.parametrize(
        ("mode", "grey", "expected"),
        [
            ("trinary", 89, 100),  # 0.651 occupied
            ("trinary", 90, 255),  # 0.647: not above 0.65
            ("trinary", 191, 255),  # 0.251
            ("trinary", 192, 0),  # 0.247
            ("scale", 0, 100),
            ("scale", 254, 0),
            ("scale", 140, 50),  # (0.45098 - 0.25) / 0.4 = 0.502
            ("raw", 77, 77),
            ("raw", 101, 255),
        ],
    )
    def test_modes_follow_nav2(self, tmp_path: Path, mode: str, grey: int, expected: int) -> None:
        grid = load_map(write_map(tmp_path, np.full((2, 2), grey, np.uint8), mode=mode))
        assert (grid.data == expected).all()

    def test_negate_takes_white_for_walls(self, tmp_path: Path) -> None:
        grid = load_map(write_map(tmp_path, np.array([[255, 0]], np.uint8), negate=1))
        assert grid.data.tolist() == [[OCCUPIED, FREE]]

    def test_colours_are_averaged_and_transparent_is_unknown_in_scale_mode(self, tmp_path: Path) -> None:
        image = np.array([[[0, 0, 0, 255], [255, 255, 255, 255], [255, 255, 255, 0]]], np.uint8)
        assert load_map(write_map(tmp_path, image, mode="scale")).data.tolist() == [[OCCUPIED, FREE, UNKNOWN]]

    def test_a_turned_origin_turns_metres(self, tmp_path: Path) -> None:
        grid = load_map(write_map(tmp_path, origin="[1.0, 2.0, 1.5707963267948966]"))
        centre = grid.to_metres([(2, 0)])
        assert centre == pytest.approx(np.array([[1.0 - 0.025, 2.0 + 0.125]]))
        assert grid.to_cells(centre).tolist() == [[2, 0]]


class TestMistakes:
    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(MapMissingError, match=r"none\.yaml: no such map"):
            load_map(tmp_path / "none.yaml")

    def test_missing_image(self, tmp_path: Path) -> None:
        path = write_map(tmp_path)
        (tmp_path / "floor.png").unlink()
        with pytest.raises(MapImageError, match=r"floor\.png: no such image"):
            load_map(path)

    def test_broken_yaml_names_the_line(self, tmp_path: Path) -> None:
        path = write_map(tmp_path)
        path.write_text("image: floor.png\norigin: [0, 0\nresolution: 0.05\n")
        with pytest.raises(MapHeaderError, match="line 3: not YAML"):
            load_map(path)

    @pytest.mark.parametrize("key", list(HEADER))
    def test_missing_key_is_named(self, tmp_path: Path, key: str) -> None:
        with pytest.raises(MapHeaderError, match=f"{key} is missing"):
            load_map(write_map(tmp_path, **{key: None}))

    @pytest.mark.parametrize(
        ("changes", "word"),
        [
            ({"resolution": -0.1}, "resolution"),
            ({"resolution": "wide"}, "resolution"),
            ({"origin": "[0, 0]"}, "origin"),
            ({"origin": "[0, x, 0]"}, "origin"),
            ({"mode": "fancy"}, "mode"),
            ({"free_thresh": 0.9}, "thresholds"),
            ({"occupied_thresh": ".nan"}, "occupied_thresh"),
        ],
    )
    def test_impossible_values(self, tmp_path: Path, changes: dict[str, object], word: str) -> None:
        with pytest.raises(MapHeaderError, match=word):
            load_map(write_map(tmp_path, **changes))

    @pytest.mark.parametrize("suffix", [".png", ".pgm", ".bmp"])
    def test_a_cut_image_is_refused(self, tmp_path: Path, suffix: str) -> None:
        image = np.random.default_rng(1).integers(0, 255, (50, 50), dtype=np.uint8)
        raw = cv2.imencode(suffix, image)[1].tobytes()
        with pytest.raises(MapImageError, match="cut short"):
            load_map(write_map(tmp_path, raw[: len(raw) // 2], suffix))

    def test_a_damaged_image_is_refused(self, tmp_path: Path) -> None:
        raw = bytearray(cv2.imencode(".png", np.zeros((50, 50), np.uint8))[1].tobytes())
        raw[50] ^= 0xFF
        with pytest.raises(MapImageError, match="damaged"):
            load_map(write_map(tmp_path, bytes(raw)))

    def test_what_is_no_image_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MapImageError, match="not a PNG"):
            load_map(write_map(tmp_path, b"hello"))

    def test_saving_to_nowhere(self, tmp_path: Path) -> None:
        with pytest.raises(MapError, match="cannot be written"):
            save_map(GridMap(np.zeros((2, 2), np.uint8), 0.05), tmp_path / "no" / "floor.yaml")


cells = arrays(
    np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.sampled_from([*range(101), 255])
)


origins = st.builds(Pose2D, *[st.floats(-500, 500)] * 2, st.floats(-3.14, 3.14))
pictures = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([0, 3, 4]), st.sampled_from(["u1", "u2"]))


def occupancy(shades: list[float], alpha: float, mode: str, negate: bool) -> int:
    """One cell by nav2_map_server's rules; `alpha` is 1 where the picture has none."""
    shade = sum(shades) / len(shades)
    if mode == "raw":
        return round(shade * 255) if round(shade * 255) <= 100 else UNKNOWN
    occupied = shade if negate else 1.0 - shade
    if mode == "scale" and alpha < 1.0:
        return UNKNOWN
    if occupied > 0.65:
        return OCCUPIED
    if occupied < 0.25:
        return FREE
    return UNKNOWN if mode == "trinary" else round((occupied - 0.25) / 0.4 * 100)


class TestEveryPicture:
    @settings(max_examples=60, deadline=None)
    @given(pictures, st.sampled_from(["trinary", "scale", "raw"]), st.booleans(), st.integers(0, 2**32 - 1))
    def test_is_read_cell_by_cell_as_nav2_does(
        self, tmp_path_factory: pytest.TempPathFactory, picture: tuple, mode: str, negate: bool, seed: int
    ) -> None:
        rows, columns, channels, depth = picture
        full = int(np.iinfo(depth).max)
        shape = (rows, columns, channels) if channels else (rows, columns)
        image = np.random.default_rng(seed).integers(0, full + 1, shape).astype(depth)
        grid = load_map(write_map(tmp_path_factory.mktemp("map"), image, mode=mode, negate=int(negate)))
        for row in range(rows):
            for column in range(columns):
                shades = np.atleast_1d(image[row, column] / full).tolist()
                alpha = shades[3] if channels == 4 else 1.0
                counted = shades if mode == "trinary" else shades[:3]
                expected = occupancy(counted, alpha, mode, negate)
                assert grid.data[rows - 1 - row, column] == expected, (mode, shades)


class TestRoundTrip:
    @settings(max_examples=60, deadline=None)
    @given(
        cells, st.sampled_from(["png", "pgm", "bmp"]), st.sampled_from(["trinary", "raw", "scale"]),
        origins, st.floats(0.001, 10.0),
    )  # fmt: skip
    def test_a_map_comes_back_bit_by_bit(
        self, tmp_path_factory: pytest.TempPathFactory, data: np.ndarray, suffix: str, mode: str,
        origin: Pose2D, resolution: float,
    ) -> None:  # fmt: skip
        if mode == "scale" and suffix == "pgm":
            data = np.where(data == UNKNOWN, FREE, data)  # a PGM has no alpha to say unknown with
        if mode == "trinary":
            data = np.where(data == UNKNOWN, UNKNOWN, np.where(data > 50, OCCUPIED, FREE))
        grid = GridMap(data.astype(np.uint8), resolution, origin)
        path = tmp_path_factory.mktemp("map") / "floor.yaml"
        save_map(grid, path, suffix, mode)
        back = load_map(path)
        assert np.array_equal(back.data, grid.data)
        assert (back.resolution, back.origin) == (grid.resolution, grid.origin)

    @settings(max_examples=30, deadline=None)
    @given(cells, st.floats(0.001, 0.98), st.floats(0.01, 1.0))
    def test_other_thresholds_also_come_back(
        self, tmp_path_factory: pytest.TempPathFactory, data: np.ndarray, free: float, span: float
    ) -> None:
        occupied = min(free + span, 0.999)
        data = np.where(data == UNKNOWN, UNKNOWN, np.where(data > 50, OCCUPIED, FREE)).astype(np.uint8)
        path = tmp_path_factory.mktemp("map") / "floor.yaml"
        save_map(GridMap(data, 0.05), path, "png", "trinary", occupied, free)
        assert np.array_equal(load_map(path).data, data)

    @pytest.mark.parametrize(("free", "occupied"), [(0.0, 0.65), (0.25, 1.0), (0.5, 0.4)])
    def test_thresholds_that_tell_nothing_apart_are_refused(self, tmp_path: Path, free: float, occupied: float) -> None:
        with pytest.raises(MapError, match="0 < free_thresh < occupied_thresh < 1"):
            save_map(GridMap(np.zeros((2, 2), np.uint8), 0.05), tmp_path / "f.yaml", "png", "trinary", occupied, free)

    def test_scale_with_unknown_cells_cannot_be_a_pgm(self, tmp_path: Path) -> None:
        with pytest.raises(MapError, match="save the map as png"):
            save_map(GridMap(np.array([[0, 255]], np.uint8), 0.05), tmp_path / "floor.yaml", "pgm", "scale")

    @given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-3.1, 3.1), st.integers(0, 99), st.integers(0, 79))
    def test_cells_and_metres_are_inverse(self, x: float, y: float, yaw: float, column: int, row: int) -> None:
        grid = GridMap(np.zeros((80, 100), np.uint8), 0.05, Pose2D(x, y, yaw))
        assert grid.to_cells(grid.to_metres([(column, row)])).tolist() == [[column, row]]


def test_values_off_the_grid_are_unknown() -> None:
    grid = GridMap(np.zeros((2, 2), np.uint8), 1.0)
    assert grid.values_at([(0.5, 0.5), (-0.1, 0.5), (0.5, 2.1)]).tolist() == [FREE, UNKNOWN, UNKNOWN]


def test_polygon_covers_the_cells_whose_centres_it_holds() -> None:
    grid = GridMap(np.zeros((10, 10), np.uint8), 1.0)
    mask = polygon_mask(grid, [(2, 3), (6, 3), (6, 5), (2, 5)])
    assert np.argwhere(mask).min(axis=0).tolist() == [3, 2]
    assert mask.sum() == 8
    assert not polygon_mask(grid, [(20, 20), (21, 20), (21, 21)]).any()
