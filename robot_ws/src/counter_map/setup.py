"""Install counter_map as a ROS 2 Python package."""

from setuptools import find_packages, setup

NODES = ["counter_map"]

setup(
    name="counter_map",
    version="0.1.0",
    packages=find_packages(include=["counter_map", "counter_map.*"]),
    package_data={"counter_map": ["**/*.yaml", "**/*.csv", "**/*.json", "**/*.mako"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/counter_map"]),
        ("share/counter_map", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    entry_points={"console_scripts": [f"{node} = counter_map.nodes.{node}:main" for node in NODES]},
    zip_safe=True,
)
