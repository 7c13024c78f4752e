"""Install console as a ROS 2 Python package."""

from setuptools import find_packages, setup

NODES = ["console"]

setup(
    name="console",
    version="0.1.0",
    packages=find_packages(include=["console", "console.*"]),
    package_data={"console": ["**/*.yaml", "**/*.csv", "**/*.json", "**/*.css"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/console"]),
        ("share/console", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    entry_points={"console_scripts": [f"{node} = console.nodes.{node}:main" for node in NODES]},
    zip_safe=True,
)
