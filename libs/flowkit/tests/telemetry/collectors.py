"""Collectors of every temper: one that takes all, one that refuses, ones that never answer."""

import gzip
import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,  # pyright: ignore[reportUnknownVariableType] - generated without types
)


@dataclass
class Collector:
    """What arrived: spans and log records as they were on the wire, with the resource they came from."""

    endpoint: str = ""
    status: int = 200
    spans: list[Any] = field(default_factory=list[Any])
    records: list[Any] = field(default_factory=list[Any])
    resource: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def take_traces(self, request: ExportTraceServiceRequest) -> None:
        for group in request.resource_spans:
            self.resource = {pair.key: pair.value.string_value for pair in group.resource.attributes}
            self.spans += [span for scope in group.scope_spans for span in scope.spans]

    def take_logs(self, request: ExportLogsServiceRequest) -> None:
        for group in request.resource_logs:
            self.records += [record for scope in group.scope_logs for record in scope.log_records]


@contextmanager
def over_http(status: int = 200) -> Generator[Collector]:
    collector = Collector(status=status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
            collector.headers = dict(self.headers)
            if self.path.endswith("traces"):
                collector.take_traces(ExportTraceServiceRequest.FromString(body))
            else:
                collector.take_logs(ExportLogsServiceRequest.FromString(body))
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    collector.endpoint = f"http://127.0.0.1:{server.server_port}"
    yield collector
    server.shutdown()
    server.server_close()


@contextmanager
def over_grpc() -> Generator[Collector]:
    collector = Collector()

    class Traces(TraceServiceServicer):
        def Export(self, request: ExportTraceServiceRequest, context: Any) -> ExportTraceServiceResponse:  # noqa: N802 - the name of the RPC
            collector.headers = {str(name): str(value) for name, value in context.invocation_metadata()}
            collector.take_traces(request)
            return ExportTraceServiceResponse()

    server = grpc.server(ThreadPoolExecutor(1))
    add_TraceServiceServicer_to_server(Traces(), server)
    collector.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield collector
    server.stop(None).wait()


@contextmanager
def refusing() -> Generator[str]:
    """Nobody listens there."""
    with closing(socket.create_server(("127.0.0.1", 0))) as held:
        port = held.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def frozen() -> Generator[str]:
    """The kernel takes the connection, the process never does: what SIGSTOP leaves."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def black_hole() -> Generator[str]:
    """Takes every connection, reads every byte, answers none."""
    taken: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        Thread(target=_swallow, args=(listening, taken), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        for connection in taken:
            connection.close()
        listening.shutdown(socket.SHUT_RDWR)


def _swallow(listening: socket.socket, taken: list[socket.socket]) -> None:
    while True:
        try:
            connection = listening.accept()[0]
        except OSError:
            return
        taken.append(connection)
        Thread(target=_drain, args=(connection,), daemon=True).start()


def _drain(connection: socket.socket) -> None:
    try:
        while connection.recv(65536):
            pass
    except OSError:
        return
