"""WebRTC inside a View finds no way out, and learns no address of this computer on the way."""

from __future__ import annotations

import pytest

from tests.helpers.engine import Opener
from ui.sandbox import environment

pytestmark = pytest.mark.engine

_GATHER = """<script>
const c = new RTCPeerConnection(), found = [];
c.createDataChannel('x');
const over = () => parent.postMessage({found}, '*');
c.onicecandidate = e => e.candidate ? found.push(e.candidate.candidate) : over();
c.createOffer().then(offer => c.setLocalDescription(offer));
</script>"""


def test_p4_webrtc_gathers_no_candidate_at_all(open_view: Opener) -> None:
    assert open_view(_GATHER).message() == {"found": []}


def test_p4_names_of_the_local_network_are_not_asked_for() -> None:
    """A candidate under `.local` would be asked for by multicast, past the resolver rule."""
    assert "WebRtcHideLocalIpsWithMdns" in environment.CHROMIUM_FLAGS
