"""The interest services, served on loopback."""

from tests.support.interest.interest_services import served as served
