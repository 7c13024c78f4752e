"""Install guidance as a ROS 2 Python package."""

from setuptools import find_packages, setup

NODES = ["guide", "recorder"]

setup(
    name="guidance",
    version="0.1.0",
    packages=find_packages(include=["guidance", "guidance.*"]),
    package_data={"guidance": ["**/*.yaml", "**/*.csv", "**/*.json"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/guidance"]),
        ("share/guidance", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    entry_points={"console_scripts": [f"{node} = guidance.nodes.{node}:main" for node in NODES]},
    zip_safe=True,
)
