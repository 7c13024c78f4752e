"""The simulated hall: physics, lidar, people, sound, scenarios, Gazebo export."""
