"""What every node of the guide robot shares; beside the message packages, the only thing that all may import.

Free of ROS: `errors`, `geometry`. With rclpy: `running`, `managed`, `params`, `qos`, `transforms`, `waiting`.
"""
