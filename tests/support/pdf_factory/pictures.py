"""Pictures as pixels, the same for the same seed: photographs and scanned pages."""

import math
import textwrap

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SENTENCES = (
    "The delivery was counted twice and both counts agreed to the last box.",
    "Payment is due within thirty days of the date of this invoice.",
    "Turn the valve a quarter to the left before the pump is started again.",
    "Nothing in the second clause takes away what the first one grants.",
    "Total of goods 1,204.50; carriage 36.00; tax at 19 % 235.70.",
    "Please keep this letter with the papers of the vehicle.",
)


def _smooth_noise(random: np.random.Generator, cells: int, width_px: int, height_px: int) -> NDArray[np.float32]:
    """Noise between 0 and 1 with `cells` bumps along each side, shape (height_px, width_px)."""
    coarse = Image.fromarray(random.random((cells + 1, cells + 1), dtype=np.float32), mode="F")
    return np.asarray(coarse.resize((width_px, height_px), Image.Resampling.BICUBIC), dtype=np.float32)


def photo_pixels(width_px: int, height_px: int, *, seed: int = 1) -> NDArray[np.uint8]:
    """A landscape-like photograph, shape (height_px, width_px, 3): energy falls with frequency as in nature,
    one hard edge, and a little sensor noise."""
    random = np.random.default_rng(seed)
    planes = []
    for _ in range(3):
        plane = np.zeros((height_px, width_px), dtype=np.float32)
        for octave in range(1, int(math.log2(min(width_px, height_px)))):
            plane += _smooth_noise(random, 2**octave, width_px, height_px) / 1.5**octave
        planes.append(plane)
    shared = np.mean(planes, axis=0)  # colours of nature go together: what they share weighs most
    pixels = np.stack([0.7 * shared + 0.3 * plane for plane in planes], axis=-1)
    pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min())
    skyline = (0.35 + 0.2 * _smooth_noise(random, 6, width_px, 1)[0]) * height_px
    pixels[np.arange(height_px)[:, None] > skyline[None, :]] *= 0.6
    noise = random.normal(0.0, 0.006, (height_px, width_px, 1))
    return np.asarray(np.clip(pixels + noise, 0.0, 1.0) * 255, dtype=np.uint8)


def photo(width_px: int, height_px: int, *, seed: int = 1) -> Image.Image:
    """`photo_pixels` as an RGB picture."""
    return Image.fromarray(photo_pixels(width_px, height_px, seed=seed))


def printed_text(width_px: int, height_px: int, *, seed: int = 1, font_px: int = 42) -> Image.Image:
    """A page of black text on white, grey with smooth edges, in the font that Pillow brings along."""
    random = np.random.default_rng(seed)
    page = Image.new("L", (width_px, height_px), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(font_px)
    margin_px = width_px // 12
    columns = max(int((width_px - 2 * margin_px) / (font_px * 0.5)), 10)
    line_px, top_px = font_px * 14 // 10, margin_px
    while top_px + line_px < height_px - margin_px:
        paragraph = " ".join(SENTENCES[number] for number in random.permutation(len(SENTENCES))[:3])
        for line in textwrap.wrap(paragraph, columns):
            if top_px + line_px >= height_px - margin_px:
                break
            draw.text((margin_px, top_px), line, font=font, fill=0)
            top_px += line_px
        top_px += line_px // 2
    return page


def colour_scan(width_px: int, height_px: int, *, seed: int = 1, font_px: int = 42) -> Image.Image:
    """Printed text as a colour scanner sees it: warm uneven paper with grain, dark blue ink, a red stamp."""
    random = np.random.default_rng(seed)
    page = printed_text(width_px, height_px, seed=seed, font_px=font_px).convert("RGB")
    stamp = ImageDraw.Draw(page)
    side_px = width_px // 5
    box = (width_px - 2 * side_px, height_px - 2 * side_px, width_px - side_px, height_px - side_px)
    stamp.ellipse(box, outline=(190, 40, 50), width=max(side_px // 20, 2))
    ink = 1.0 - np.asarray(page, dtype=np.float32) / 255
    paper = np.array([0.97, 0.95, 0.90], dtype=np.float32)
    light = 0.94 + 0.06 * _smooth_noise(random, 3, width_px, height_px)
    grain = random.normal(0.0, 0.012, (height_px, width_px, 1)).astype(np.float32)
    seen = paper * light[..., None] * (1.0 - ink * np.array([0.92, 0.90, 0.75], dtype=np.float32)) + grain
    return Image.fromarray((np.clip(seen, 0.0, 1.0) * 255).astype(np.uint8))


def bilevel_scan(width_px: int, height_px: int, *, seed: int = 1, font_px: int = 42) -> Image.Image:
    """Printed text as a black-and-white scanner sees it, mode "1": ragged edges and a few specks of dust."""
    random = np.random.default_rng(seed)
    page = np.asarray(printed_text(width_px, height_px, seed=seed, font_px=font_px), dtype=np.int16).copy()
    page += random.integers(-60, 60, page.shape, dtype=np.int16)
    for row, column in random.integers(2, [height_px - 3, width_px - 3], (width_px * height_px // 40_000, 2)):
        page[row : row + 2, column : column + 2] = 0
    return Image.fromarray(page > 128)
