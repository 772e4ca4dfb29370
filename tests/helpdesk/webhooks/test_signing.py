"""Secrets and signatures, against the published example of Standard Webhooks."""

from __future__ import annotations

import base64

from helpdesk.webhooks import signing

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()
IDENTIFIER, NOW, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'


def test_the_published_example_comes_out() -> None:
    assert signing.headers(SECRET, IDENTIFIER, NOW, BODY) == {
        "webhook-id": IDENTIFIER,
        "webhook-timestamp": str(NOW),
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_new_each_time_and_long_enough() -> None:
    one, two = signing.new_secret(), signing.new_secret()
    assert one != two
    assert [len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in (one, two)] == [32, 32]


def test_for_a_day_after_a_rotation_both_secrets_sign_the_new_one_first() -> None:
    alone = [signing.headers(secret, IDENTIFIER, NOW, BODY)["webhook-signature"] for secret in (OTHER, SECRET)]
    kept = signing.rotated(SECRET, OTHER, NOW)
    assert signing.headers(kept, IDENTIFIER, NOW, BODY)["webhook-signature"].split() == alone
    assert signing.current(kept) == OTHER
    assert signing.both_until(kept) == NOW + 24 * 3600


def test_after_that_day_only_the_new_one_signs() -> None:
    kept = signing.rotated(SECRET, OTHER, NOW - 24 * 3600)
    signature = signing.headers(kept, IDENTIFIER, NOW, BODY)["webhook-signature"]
    assert signature == signing.headers(OTHER, IDENTIFIER, NOW, BODY)["webhook-signature"]


def test_a_second_rotation_on_one_day_keeps_the_last_two() -> None:
    kept = signing.rotated(signing.rotated(SECRET, OTHER, NOW), SECRET, NOW + 60)
    assert kept.split() == [SECRET, OTHER, str(NOW + 60 + 24 * 3600)]
