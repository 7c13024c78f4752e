"""The ROS 2 nodes of dialogue: messages in, core types through, messages out."""
