"""Install hall_sim as a ROS 2 Python package."""

from setuptools import find_packages, setup

NODES = ["simulator", "gazebo"]

setup(
    name="hall_sim",
    version="0.1.0",
    packages=find_packages(include=["hall_sim", "hall_sim.*"]),
    package_data={"hall_sim": ["**/*.yaml", "**/*.csv", "**/*.json", "**/*.j2"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/hall_sim"]),
        ("share/hall_sim", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    entry_points={"console_scripts": [f"{node} = hall_sim.nodes.{node}:main" for node in NODES]},
    zip_safe=True,
)
