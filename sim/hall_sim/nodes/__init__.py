"""The ROS 2 nodes of hall_sim: messages in, core types through, messages out."""
