"""An automation for Prefect: when a nightly says regress or refused, post its sentence as JSON.

Run it once, while `concertino up` runs or with PREFECT_API_URL set: python docs/decision_webhook.py https://chat/hook
The address is kept in a Webhook block, the automation is in the UI under Automations.
"""

import sys

import flows.environment  # noqa: F401  (first: finds the server that `concertino up` runs)

# isort: split
from prefect.automations import Automation
from prefect.blocks.webhook import Webhook
from prefect.events import EventTrigger
from prefect.events.actions import CallWebhook

TEXT = "'Concertino ' ~ event.payload.profile ~ ': ' ~ event.payload.verdict ~ '. ' ~ event.payload.reason"

webhook = Webhook(url=sys.argv[1], headers={"Content-Type": "application/json"})
Automation(
    name="concertino-decision",
    description="A nightly's regress or refused goes to a webhook",
    trigger=EventTrigger(
        expect={"concertino.decision.regress", "concertino.decision.refused"},
        match={"prefect.resource.id": "concertino.profile.*"},
        posture="Reactive",
        threshold=1,
    ),
    actions=[
        CallWebhook(
            block_document_id=webhook.save("concertino-decision", overwrite=True),
            payload=f'{{"text": {{{{ ({TEXT}) | tojson }}}}}}',
        )
    ],
).create()
