"""The physics of the hall: floor, robot, bodies, lidar."""
