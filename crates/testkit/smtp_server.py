"""A real mail server for tests (aiosmtpd). What it is told comes as JSON in the first argument; what it was sent goes
out as one line of JSON each.

cert, key: protect the connection; wrapped: from the first byte, else by STARTTLS, which is then required.
user, password: ask for them. answers: what is said to each message in turn, the last one from then on.
recipient: what is said to every recipient instead.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

told = json.loads(sys.argv[1])


def say(what):
    print(json.dumps(what), flush=True)


class Box:
    def __init__(self):
        self.answers = told.get("answers") or ["250 2.0.0 taken"]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if told.get("recipient"):
            return told["recipient"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        say({
            "answer": answer,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "protected": session.ssl is not None or bool(told.get("wrapped")),
            "known": bool(session.authenticated),
            "head": {name.lower(): str(value) for name, value in message.items()},
            "text": text.get_content() if text else None,
            "html": html.get_content() if html else None,
        })
        return answer


def is_known(server, session, envelope, mechanism, data):
    right = data.login.decode() == told["user"] and data.password.decode() == told["password"]
    return AuthResult(success=right, handled=False)


async def serve():
    context = None
    if told.get("cert"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(told["cert"], told["key"])
    wrapped = bool(told.get("wrapped"))
    options = {"hostname": "localhost", "enable_SMTPUTF8": True}
    if context and not wrapped:
        options |= {"tls_context": context, "require_starttls": True}
    if told.get("user"):
        options |= {"authenticator": is_known, "auth_required": True, "auth_require_tls": bool(context) and not wrapped}
    box = Box()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, **options), "127.0.0.1", 0, ssl=context if wrapped else None
    )
    say({"port": server.sockets[0].getsockname()[1]})
    # Ends with the test: when nobody holds its standard input any more.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
