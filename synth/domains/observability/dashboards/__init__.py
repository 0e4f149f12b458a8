"""Dashboards of Grafana: for each team of its models, training and streams, and one of the platform.

What a dashboard shows is made here, independent of how it reaches Grafana (delivery.py).
"""
