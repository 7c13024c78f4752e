"""Install navigation as a ROS 2 Python package."""

from setuptools import find_packages, setup

NODES = [
    "map_server",
    "amcl",
    "bt_navigator",
    "velocity_guard",
    "people_tracker",
    "robot_state_publisher",
    "lifecycle_manager",
]

setup(
    name="navigation",
    version="0.1.0",
    packages=find_packages(include=["navigation", "navigation.*"]),
    package_data={"navigation": ["**/*.yaml", "**/*.csv", "**/*.json"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/navigation"]),
        ("share/navigation", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    entry_points={"console_scripts": [f"{node} = navigation.nodes.{node}:main" for node in NODES]},
    zip_safe=True,
)
