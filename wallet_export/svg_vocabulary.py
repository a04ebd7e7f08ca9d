"""The static part of SVG 1.1, kept when a picture is sanitized: what draws, and nothing that acts."""

from __future__ import annotations

ELEMENTS = frozenset(
    """
    svg g defs symbol use switch a title desc style
    path rect circle ellipse line polyline polygon text tspan textPath image
    linearGradient radialGradient stop pattern clipPath mask marker filter
    feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
    feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode
    feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
    """.split()  # noqa: SIM905 - read as a list of words
)
"""Left out on purpose: script, foreignObject, animation and `set` (they can write `href`), feImage, font-
face."""

ATTRIBUTES = frozenset(
    """
    id class style lang role aria-label aria-hidden aria-labelledby
    x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy width height d points pathLength transform rotate
    viewBox preserveAspectRatio version overflow clip offset
    gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits patternTransform
    clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight refX refY orient
    filterUnits primitiveUnits textLength lengthAdjust startOffset method spacing
    in in2 result mode type values tableValues slope intercept amplitude exponent operator k1 k2 k3 k4
    order kernelMatrix divisor bias targetX targetY edgeMode kernelUnitLength preserveAlpha
    surfaceScale diffuseConstant specularConstant specularExponent lighting-color scale xChannelSelector
    yChannelSelector azimuth elevation z pointsAtX pointsAtY pointsAtZ limitingConeAngle
    stdDeviation radius baseFrequency numOctaves seed stitchTiles flood-color flood-opacity
    fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-dasharray stroke-dashoffset stop-color stop-opacity color opacity
    color-interpolation color-interpolation-filters color-rendering shape-rendering text-rendering
    image-rendering clip-path clip-rule mask filter marker marker-start marker-mid marker-end
    display visibility paint-order vector-effect mix-blend-mode isolation enable-background
    font font-family font-size font-size-adjust font-stretch font-style font-variant font-weight
    letter-spacing word-spacing text-anchor text-decoration dominant-baseline alignment-baseline
    baseline-shift direction unicode-bidi writing-mode glyph-orientation-vertical
    systemLanguage requiredFeatures media
    """.split()  # noqa: SIM905 - read as a list of words
)
"""Attributes without a namespace. `href`, and of other namespaces xlink:href, xml:space and xml:lang, are
judged by the sanitizer itself."""
