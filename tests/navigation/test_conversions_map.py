"""Occupancy grids are read by one rule, whoever reads them."""

from array import array

from nav_msgs.msg import OccupancyGrid

from navigation.conversions_map import grid_from_message


def test_what_is_not_0_to_100_is_unknown_and_the_resolution_is_what_was_written() -> None:
    msg = OccupancyGrid()
    msg.info.height, msg.info.width, msg.info.resolution = 2, 3, 0.05
    msg.data = array("b", [0, 1, 100, 101, 127, -1])
    grid = grid_from_message(msg)
    assert grid.data.tolist() == [[0, 1, 100], [255, 255, 255]]
    assert grid.resolution == 0.05
