"""The families of competence by name, as pages and kits say them. The codes are those of the room of interest."""

from __future__ import annotations

from collections.abc import Mapping

from presentation.i18n import noted

TITLES: Mapping[str, str] = {
    "advice": noted("Consultancy and project management"),
    "cabling": noted("Racks and structured cabling"),
    "cloud": noted("Virtualisation, hosting and cloud"),
    "data": noted("Databases, analysis, documents and semantics"),
    "geography": noted("Geographic information"),
    "learning": noted("Training and e-learning"),
    "media": noted("Video, games and transmedia"),
    "networks": noted("Networks and telecommunications"),
    "operation": noted("Operation, monitoring and maintenance"),
    "power": noted("Data-centre power and cooling"),
    "security": noted("Cybersecurity"),
    "sensors": noted("Sensors, internet of things, mobility"),
    "servers": noted("Servers, storage and workplaces"),
    "software": noted("Software and web"),
}
