"""Which names are those of images, by their endings."""

import re

_IMAGE_ENDING = re.compile(
    r".*\.(jpe?g?|jfif|png|bmp|dib|tiff?|webp|gif|p[gpnb]m|jp2|j2k|hei[cf]|avif)", re.IGNORECASE | re.DOTALL
)


def names_an_image(name: str) -> bool:
    """Whether a name, or a path, ends as those of images do."""
    return bool(_IMAGE_ENDING.fullmatch(name))
