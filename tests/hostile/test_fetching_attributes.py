"""Every element and attribute that can name an address has a vector in the leak corpus, so that a
page of all of them, as leak checkers show it, brings nothing new.

The list is ours: from the attribute indices of HTML, SVG and MathML, their obsolete parts, and CSS.
"""

from __future__ import annotations

import re

import pytest

from tests.hostile.corpus.vector import corpus

ELEMENTS = """
a:href,ping,attributionsrc applet:archive,code,codebase,object area:href,ping audio:src base:href
bgsound:src blockquote:cite body:background button:formaction col:background command:icon del:cite
embed:src,code,pluginspage event-source:src form:action frame:src head:profile html:manifest
iframe:src,srcdoc,longdesc image:src img:src,srcset,longdesc,lowsrc,dynsrc,usemap,attributionsrc
input:src,formaction ins:cite isindex:action layer:src link:href,imagesrcset math:href
menuitem:icon meta:content mglyph:src object:data,archive,classid,codebase,usemap param:value
portal:src q:cite script:src source:src,srcset table:background tbody:background td:background
th:background thead:background tr:background track:src video:src,poster xml:src
animate:values color-profile:href cursor:href feImage:href filter:href font-face-uri:href
glyphRef:href handler:href image:href linearGradient:href mpath:href pattern:href set:to
script:href svg:base textPath:href tref:href use:href
"""
CSS = """
background background-image border-image list-style-image cursor content mask mask-image filter
backdrop-filter clip-path shape-outside offset-path image-set cross-fade @import @font-face
@namespace @counter-style @page src symbols fill stroke marker-start
"""
PAIRS = [
    (element, attribute)
    for line in ELEMENTS.split()
    for element, names in [line.split(":")]
    for attribute in names.split(",")
]
BODIES = "\n".join(vector.body for vector in corpus())


@pytest.mark.parametrize(("element", "attribute"), PAIRS)
def test_every_attribute_that_can_name_an_address_has_a_vector(
    element: str, attribute: str
) -> None:
    name, what = re.escape(element), re.escape(attribute)
    markup = rf"<{name}\b[^>]*?[\s:]{what}\s*="
    script = rf"['\"]{name}['\"][^\n]*\b{what}\b|\b{name}\.{what}\b"
    assert re.search(f"{markup}|{script}", BODIES, re.IGNORECASE), f"<{element} {attribute}>"


@pytest.mark.parametrize("name", CSS.split())
def test_every_place_of_css_that_can_name_an_address_has_a_vector(name: str) -> None:
    between = r"[^\n]*?" if name.startswith("@") else r"[^;{}\n]*?"
    assert re.search(rf"{re.escape(name)}{between}(?:url\(|%http)", BODIES), name
