"""The ROS 2 nodes of console: messages in, core types through, messages out."""
