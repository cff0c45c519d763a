"""What this service keeps sealed, and for how long. Declarations and money stay as long as the contract says."""

from services.declaratie.tables import EXCHANGE
from shared.retentie.berichten import BERICHTEN
from shared.security.roteren import berichten
from shared.webhooks.opslag import abonnementen

VERZEGELD = (berichten(EXCHANGE), abonnementen(EXCHANGE))
SOORTEN = BERICHTEN
