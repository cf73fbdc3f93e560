"""Bloonio's webhooks in FastAPI, with Bloonio's own adapter."""

import socket

import uvicorn
from bloonio_chat_relay_client.adapters.fastapi import BloonioChatAdapter
from bloonio_chat_relay_client.core.config import ChatRelaySettings
from bloonio_chat_relay_client.core.types.enums import WebhookEventType
from fastapi import FastAPI


async def ignore(event):
    pass


app = FastAPI()
settings = ChatRelaySettings(
    base_url="http://localhost",
    tenant_id="019e4ae7-0000-7000-8000-000000000001",
    tenant_secret="sk_a_secret_of_usual_length_32b",
)
BloonioChatAdapter.from_env(app, settings=settings, handlers={WebhookEventType.MESSAGE_RECEIVED: ignore})

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
print(f"127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[listener])
