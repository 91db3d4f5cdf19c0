"""Drawn steel surfaces, 64 x 64, one function a defect: from a random generator to brightness in about 0..1.

Nothing here is a photograph. Lighting, grain and contrast vary so much within a class, and every surface carries so
much that is no defect, that telling the classes apart takes learning.
"""

from collections.abc import Callable

import numpy as np
from scipy.fft import irfft2, rfft2
from scipy.ndimage import gaussian_filter
from scipy.special import expit

SIDE = 64
_Y, _X = np.mgrid[:SIDE, :SIDE].astype(np.float64)
_FX, _FY = np.fft.rfftfreq(SIDE)[None, :], np.fft.fftfreq(SIDE)[:, None]


def scratches(rng: np.random.Generator) -> np.ndarray:
    """Thin long lines along or across the rolling direction, mostly bright, fading in and out."""
    surface = _plate(rng, level=(0.22, 0.6))
    upright = rng.random() < 0.6
    contrast = _contrast(rng, 0.5)
    sign = 1.0 if rng.random() < 0.8 else -0.6
    for _ in range(rng.integers(1, 6)):
        angle = rng.normal(0, 0.05) + (0 if upright else np.pi / 2)
        surface += sign * contrast * rng.uniform(0.5, 1.2) * _scratch(rng, angle)
    return surface


def patches(rng: np.random.Generator) -> np.ndarray:
    """Irregular blotches, dark on bright or the other way round, over coarse grain."""
    surface = _plate(rng, level=(0.35, 0.75)) + rng.uniform(0.02, 0.07) * _noise(rng, 0.9)
    shape = _noise(rng, rng.uniform(5, 12)) + 0.35 * _noise(rng, 2.5)
    edge = expit((shape - rng.uniform(-0.3, 0.9)) * rng.uniform(3, 12))
    sign = -1 if rng.random() < 0.75 else 0.8
    return surface + sign * _contrast(rng, 0.42) * edge * (1 + 0.15 * _noise(rng, 1.5))


def pitted_surface(rng: np.random.Generator) -> np.ndarray:
    """Clusters of small dark pits."""
    surface = _plate(rng, level=(0.4, 0.85))
    weight = np.exp(rng.uniform(0.4, 1.5) * _noise(rng, rng.uniform(5, 12))).ravel()
    size = rng.uniform(0.6, 1.15)
    pits = np.zeros((SIDE, SIDE))
    for radius in size * np.array([0.7, 1.0, 1.5]):
        where = rng.choice(SIDE * SIDE, rng.integers(8, 50), p=weight / weight.sum())
        dots = np.zeros(SIDE * SIDE)
        dots[where] = rng.uniform(0.5, 1.2, len(where))
        pits += gaussian_filter(dots.reshape(SIDE, SIDE), radius) * 2 * np.pi * radius**2
    return surface - _contrast(rng, 0.42) * np.tanh(pits)


def inclusion(rng: np.random.Generator) -> np.ndarray:
    """Dark slivers and specks, drawn out along the rolling direction."""
    surface = _plate(rng, level=(0.25, 0.8))
    dark = np.zeros((SIDE, SIDE))
    centre = rng.uniform(8, SIDE - 8)
    for _ in range(rng.integers(1, 8)):
        at = rng.normal(centre, 9), rng.uniform(4, SIDE - 4)
        dark = np.maximum(dark, _sliver(rng, at, rng.uniform(3, 18), rng.uniform(0.9, 3.0)))
    return surface - _contrast(rng, 0.34) * dark


def rolled_in_scale(rng: np.random.Generator) -> np.ndarray:
    """Rough mottled texture drawn out aslant, with ragged dark flakes pressed in."""
    surface = _plate(rng, level=(0.3, 0.65))
    angle = rng.normal(-0.25, 0.25)
    fibre = _drawn_out(rng, angle, rng.uniform(1.6, 4), rng.uniform(0.6, 1.0))
    mottle = _drawn_out(rng, angle, rng.uniform(4, 7), rng.uniform(2.5, 4.5))
    flake = _drawn_out(rng, angle, rng.uniform(2.2, 4), rng.uniform(1.4, 2.2)) + 0.35 * _noise(rng, 0.8)
    flakes = np.clip(flake - rng.uniform(1.2, 2.2), 0, 1)
    rough = _contrast(rng, 0.08)
    return surface + rough * fibre + 0.8 * rough * mottle - rng.uniform(0.1, 0.35) * flakes


def crazing(rng: np.random.Generator) -> np.ndarray:
    """A network of fine dark cracks, broken here and there, on a grainy surface."""
    surface = _plate(rng, level=(0.35, 0.75)) + rng.uniform(0.04, 0.09) * _noise(rng, rng.uniform(0.7, 1.2))
    seeds = rng.uniform(-8, SIDE + 8, (rng.integers(14, 46), 2)) * (1.0, rng.uniform(0.8, 1.25))
    x = _X + 2.2 * _noise(rng, 2.5)
    y = _Y + 2.2 * _noise(rng, 2.5)
    distance = np.sqrt((x[..., None] - seeds[:, 1]) ** 2 + (y[..., None] - seeds[:, 0]) ** 2)
    nearest = np.partition(distance, 1, axis=-1)
    cracks = np.exp(-(((nearest[..., 1] - nearest[..., 0]) / rng.uniform(0.9, 1.9)) ** 2))
    whole = expit(3 * (_noise(rng, 6) + rng.uniform(0.1, 1.2)))
    return surface - _contrast(rng, 0.36) * cracks * whole


DEFECTS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "scratches": scratches,
    "patches": patches,
    "pitted surface": pitted_surface,
    "inclusion": inclusion,
    "rolled-in scale": rolled_in_scale,
    "crazing": crazing,
}


def _plate(rng: np.random.Generator, level: tuple[float, float]) -> np.ndarray:
    """Sound steel: brightness, a slope of light, rolling streaks, grain, now and then a faint mark of no class."""
    slope = rng.normal(0, 0.05, 2)
    light = rng.uniform(*level) + slope[0] * (_X / SIDE - 0.5) + slope[1] * (_Y / SIDE - 0.5)
    streaks = rng.uniform(0, 0.03) * _drawn_out(rng, np.pi / 2, rng.uniform(8, 20), rng.uniform(0.7, 2))
    grain = rng.uniform(0.008, 0.035) * _noise(rng, rng.uniform(0.5, 1.1))
    cloud = rng.uniform(0, 0.05) * _noise(rng, rng.uniform(8, 16))
    surface = light + streaks + grain + cloud
    if rng.random() < 0.2:
        surface -= 0.08 * _sliver(rng, rng.uniform(0, SIDE, 2), rng.uniform(1, 5), rng.uniform(1, 2))
    if rng.random() < 0.2:
        surface += 0.06 * _scratch(rng, rng.normal(0, 0.1))
    return surface


def _contrast(rng: np.random.Generator, most: float) -> float:
    """How strongly a defect stands out: often clearly, sometimes hardly at all."""
    return most * rng.uniform(0.18, 1.0)


def _noise(rng: np.random.Generator, sigma: float) -> np.ndarray:
    """Smooth random field, mean 0, standard deviation 1, features of about `sigma` pixels."""
    return _drawn_out(rng, 0, sigma, sigma)


def _drawn_out(rng: np.random.Generator, angle: float, length: float, width: float) -> np.ndarray:
    """As `_noise`, stretched to `length` x `width` pixels along `angle` (radians, 0 = along x)."""
    along, across = _FX * np.cos(angle) + _FY * np.sin(angle), _FY * np.cos(angle) - _FX * np.sin(angle)
    keep = np.exp(-2 * np.pi**2 * ((along * length) ** 2 + (across * width) ** 2))
    keep[0, 0] = 0  # mean 0
    field = irfft2(rfft2(rng.standard_normal((SIDE, SIDE))) * keep, s=(SIDE, SIDE))
    return field / field.std()


def _scratch(rng: np.random.Generator, angle: float) -> np.ndarray:
    """One line, brightness 0..1, upright at angle 0."""
    across = (_X - SIDE / 2) * np.cos(angle) + (_Y - SIDE / 2) * np.sin(angle)
    along = (_Y - SIDE / 2) * np.cos(angle) - (_X - SIDE / 2) * np.sin(angle)
    bend = rng.normal(0, 1.5) * (along / SIDE) ** 2
    profile = np.exp(-(((across - rng.uniform(-30, 30) - bend) / rng.uniform(0.5, 1.5)) ** 2))
    middle, half = rng.uniform(-20, 20), rng.uniform(12, 50)
    ends = expit(half - np.abs(along - middle))
    return profile * ends * np.clip(0.75 + 0.3 * _noise(rng, 5), 0, 1.2)


def _sliver(rng: np.random.Generator, at: tuple[float, float], length: float, width: float) -> np.ndarray:
    """One upright sliver of half length and half width in pixels around (x, y), darkness 0..1, ragged at its edge."""
    lean = rng.normal(0, 0.08)
    across = (_X - at[0] - lean * (_Y - at[1]) + 0.5 * _noise(rng, 1.5)) / width
    along = (_Y - at[1] + _noise(rng, 1.5)) / length
    return expit(3 * (1 - across**2 - along**2))
