"""The ROS 2 nodes of guidance: messages in, core types through, messages out."""
