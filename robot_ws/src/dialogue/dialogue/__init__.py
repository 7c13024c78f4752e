"""Hearing, speaking, understanding, and the conversation.

Cores, free of ROS: `hearing`, `speaking`, `conversation`. Nodes: `listener`, `speaker`, `dialogue`.
"""
