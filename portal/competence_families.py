"""The names of the families of competence in pages and kits. The codes are those of the room of interest."""

from __future__ import annotations

from collections.abc import Mapping

from presentation.i18n import translatable

TITLES: Mapping[str, str] = {
    "advice": translatable("Consultancy and project management"),
    "cabling": translatable("Racks and structured cabling"),
    "cloud": translatable("Virtualisation, hosting and cloud"),
    "data": translatable("Databases, analysis, documents and semantics"),
    "geography": translatable("Geographic information"),
    "learning": translatable("Training and e-learning"),
    "media": translatable("Video, games and transmedia"),
    "networks": translatable("Networks and telecommunications"),
    "operation": translatable("Operation, monitoring and maintenance"),
    "power": translatable("Data-centre power and cooling"),
    "security": translatable("Cybersecurity"),
    "sensors": translatable("Sensors, internet of things, mobility"),
    "servers": translatable("Servers, storage and workplaces"),
    "software": translatable("Software and web"),
}
