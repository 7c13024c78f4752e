"""The robot's brain in one process: the same cores that the ROS nodes run, called in a fixed order, without DDS."""

from hall_sim.stack.robot import RobotStack

__all__ = ["RobotStack"]
