"""Install guide_common as a ROS 2 Python package."""

from setuptools import find_packages, setup

setup(
    name="guide_common",
    version="0.1.0",
    packages=find_packages(exclude=["test"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/guide_common"]),
        ("share/guide_common", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
)
