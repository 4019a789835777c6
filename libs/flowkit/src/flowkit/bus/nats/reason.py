"""Why there is no connection, in words that say what to do where that can be told."""

import ssl

REFUSED = "the server does not let us in: NATS_URL must carry the user and password it has now"


def reason_of(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message}): is NATS_CA what it is signed with?"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
            return "the server speaks no TLS: turn it on there, or let NATS_URL begin with nats://"
        case ssl.SSLError():
            return f"no TLS with the server: {error.reason or error}"
        case _ if "authorization violation" in str(error).lower():
            return REFUSED
        case _:
            return str(error) or type(error).__name__
