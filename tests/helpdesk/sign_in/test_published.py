"""What others publish: fetched once for everybody, kept, and not asked for again and again while they are away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helpdesk.sign_in import published


class Site(ThreadingHTTPServer):
    """A main site: how often it was asked, what it answers, and whether it lets anybody wait."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked, self.status = 0, 200
        self.arrived, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.url = f"http://127.0.0.1:{self.server_port}/jwks"


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site = self.server
        assert isinstance(site, Site)
        site.asked += 1
        site.arrived.set()
        site.go_on.wait()
        body = json.dumps({"keys": []}).encode()
        self.send_response(site.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


def refused(site: Site, times: int, **how: float) -> set[str]:
    said = set()
    for _ in range(times):
        with pytest.raises(published.Unreadable) as raised:
            published.document(site.url, **how)
        said.add(str(raised.value))
    return said


def test_a_failure_is_remembered_and_then_one_looks_again(site: Site) -> None:
    site.status = 500
    assert refused(site, 5) == {"no answer", "there was no answer a moment ago"}
    assert site.asked == 1
    site.status = 200
    published._failed[site.url] -= published.REST
    assert [published.document(site.url) for _ in range(3)] == [{"keys": []}] * 3
    assert site.asked == 2


def test_what_was_read_before_is_good_while_its_publisher_is_away(site: Site) -> None:
    assert published.document(site.url) == {"keys": []}
    site.status = 500
    refused(site, 3, older_than=0)
    assert (published.document(site.url), site.asked) == ({"keys": []}, 2)


def test_whoever_asks_at_once_shares_one_request(site: Site) -> None:
    site.go_on.clear()
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(published.document, site.url)
        site.arrived.wait()
        rest = [pool.submit(published.document, site.url) for _ in range(5)]
        site.go_on.set()
        assert [one.result() for one in (first, *rest)] == [{"keys": []}] * 6
    assert site.asked == 1


def test_nobody_waits_longer_than_the_whole_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "WHOLE", 0.05)
    site.go_on.clear()
    assert refused(site, 3) == {"no answer in time", "there was no answer a moment ago"}
    published._failed[site.url] -= published.REST
    assert refused(site, 1) == {"no answer in time"}  # the same request is still under way
    assert site.asked <= 1
