"""Install dialogue as a ROS 2 Python package."""

from setuptools import find_packages, setup

NODES = ["listener", "speaker", "dialogue"]

setup(
    name="dialogue",
    version="0.1.0",
    packages=find_packages(include=["dialogue", "dialogue.*"]),
    package_data={"dialogue": ["**/*.yaml", "**/*.csv", "**/*.json"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/dialogue"]),
        ("share/dialogue", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    entry_points={"console_scripts": [f"{node} = dialogue.nodes.{node}:main" for node in NODES]},
    zip_safe=True,
)
