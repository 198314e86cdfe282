"""A real SMTP server on loopback, for the tests of delivery."""

from tests.support.letters.kept_letters import inbox as inbox
from tests.support.letters.kept_letters import port as port
