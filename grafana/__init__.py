"""Grafana dashboards as JSON, made from one description of their panels."""
