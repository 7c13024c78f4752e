"""The ROS 2 nodes of counter_map: messages in, core types through, messages out."""
