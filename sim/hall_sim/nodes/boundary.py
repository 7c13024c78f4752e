"""The topics between the simulated base and the robot's computer: every one of them goes through the run's faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import Twist
from guide_interfaces.msg import AudioChunk
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import BatteryState, LaserScan
from std_msgs.msg import Bool
from tf2_msgs.msg import TFMessage

from guide_common.qos import EVENTS, LATCHED, SENSOR, STREAM, TF
from hall_sim import conversions as convert
from hall_sim.faults.core import Faults
from hall_sim.faults.values import Odometry as WheelOdometry
from hall_sim.hall import Hall, Tick
from hall_sim.sound.microphone import CHUNK
from hall_sim.sound.voice import SAMPLE_RATE
from hall_sim.world.base import Twist2D

BATTERY_TICKS = 50
"""Ticks between two looks at the battery."""

Listen = Callable[[Any, str, Any, Callable[[Any], None]], None]
Stamp = Callable[[float], Any]


class Boundary:
    """Publish what the base measures and take what it is told, in s of the run's true time.

    Args:
        node: the simulator.
        hall: whose robot it is.
        faults: of the run.
        stamp: turns s since the start into what the robot's clock shows then.
        listen: subscribes; its callbacks run between two ticks.
    """

    def __init__(self, node: Node, hall: Hall, faults: Faults, stamp: Stamp, listen: Listen) -> None:
        self._hall, self._faults, self._stamp = hall, faults, stamp
        self._speaking = self._heard_speaking = False
        self._rate = SAMPLE_RATE
        make = node.create_publisher
        self._odometry = make(Odometry, "odom", STREAM)
        self._tf = make(TFMessage, "tf", TF)
        self._scan = make(LaserScan, "scan", SENSOR)
        self._audio = make(AudioChunk, "microphone/audio", EVENTS)
        self._battery = make(BatteryState, "battery_state", LATCHED)
        self._e_stop = make(Bool, "e_stop", LATCHED)
        self._e_stop.publish(Bool(data=False))
        listen(Twist, "cmd_vel", STREAM, self._on_command)
        listen(AudioChunk, "speaker/audio", EVENTS, self._on_speaker)
        listen(Bool, "speaking", LATCHED, self._on_speaking)

    def restart(self) -> None:
        """Begin anew with the hall: its visitor has not heard the robot yet."""
        self._heard_speaking = False

    def before(self) -> None:
        """Give the base and the loudspeaker what is due before a tick."""
        time = self._hall.time
        for sample in self._faults.due("command", time):
            self._command(sample.value)
        for sample in self._faults.due("speaker", time):
            self._sound(sample.value)
        self._tell_speaking(time)

    def after(self, tick: Tick) -> None:
        """Publish what was measured in a tick, and what was held up."""
        base, time = self._hall.world.base, tick.time
        counted = WheelOdometry(base.odometry, base.wheels.speed, base.wheels.yaw_rate)
        for sample in self._faults.filter("odom", time, counted):
            self._publish_odometry(sample.value, self._stamp(sample.time))
        for sample in self._taken("scan", time, tick.scan):
            self._scan.publish(convert.scan_message(self._hall.world.lidar, sample.value, self._stamp(sample.time)))
        sound = tick.audio if self._hall.scenario.sound.mode == "audio" else None
        for sample in self._taken("microphone", time, sound):
            self._audio.publish(convert.audio_message(sample.value, self._stamp(sample.time - CHUNK)))
        charge = self._hall.world.battery if self._hall.ticks % BATTERY_TICKS == 0 else None
        for sample in self._taken("battery", time, charge and (charge.charge, charge.voltage, charge.current)):
            self._battery.publish(convert.battery_message(*sample.value, self._stamp(sample.time)))

    def _taken(self, stream: str, time: float, value: Any) -> list[Any]:
        faults = self._faults
        return faults.due(stream, time) if value is None else faults.filter(stream, time, value)

    def _publish_odometry(self, counted: WheelOdometry, stamp: Any) -> None:
        self._odometry.publish(convert.odometry_message(counted, stamp))
        self._tf.publish(TFMessage(transforms=[convert.transform_message(counted.pose, "odom", "base_link", stamp)]))

    def _on_command(self, msg: Twist) -> None:
        for sample in self._faults.filter("command", self._hall.time, Twist2D(msg.linear.x, msg.angular.z)):
            self._command(sample.value)

    def _command(self, twist: Twist2D) -> None:
        self._hall.world.base.command(twist.speed, twist.yaw_rate)

    def _on_speaker(self, msg: AudioChunk) -> None:
        samples = np.asarray(msg.samples, np.int16)
        self._rate = int(msg.sample_rate)
        for sample in self._faults.filter("speaker", self._hall.time, samples):
            self._sound(sample.value)

    def _sound(self, samples: Any) -> None:
        self._hall.microphone.robot_sounds(samples, self._rate)

    def _on_speaking(self, msg: Bool) -> None:
        self._speaking = msg.data

    def _tell_speaking(self, time: float) -> None:
        """Tell the visitor when the robot begins or ends to be heard."""
        passed = self._faults.filter("speaking", time, self._speaking)
        heard = bool(passed[-1].value) if passed else False
        if heard != self._heard_speaking:
            self._heard_speaking = heard
            self._hall.robot_speaks(heard)
            if not heard:
                self._hall.microphone.robot_falls_silent()
