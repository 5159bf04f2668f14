"""Security headers (OWASP ASVS 5.0, 3.4)."""

from gateway.exchange import Header

NONCE = "__CSP_NONCE__"  # stands in the client's index.html where a nonce belongs


def common(*, secure: bool) -> list[Header]:
    """On every answer."""
    headers: list[Header] = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if secure:
        headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return headers


def of_api(*, secure: bool) -> list[Header]:
    """On answers of the API: never stored; where a browser shows one as a page, it may load nothing.

    A file's own policy ("sandbox") is sent beside it: browsers obey both.
    """
    return [
        *common(secure=secure),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    ]


def page_policy(nonce: str) -> str:
    """Content-Security-Policy of the web client.

    Styles: our files, and elements with the nonce; attributes freely, since Mantine positions with them. A page made
    without a nonce placeholder gets 'unsafe-inline' for style elements instead, never for scripts.
    """
    inline = f"'nonce-{nonce}'" if nonce else "'unsafe-inline'"
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            f"style-src 'self' {inline}",
            f"style-src-elem 'self' {inline}",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
