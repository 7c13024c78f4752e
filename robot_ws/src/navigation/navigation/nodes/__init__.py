"""The ROS 2 nodes of navigation: messages in, core types through, messages out."""
