"""The crop rule of the plain routes: what a user writes in ten lines. Standard library alone."""

FACE_SHARE = 0.4
"""Width of the face over the width of the crop, the middle of what faceready aims at."""
TARGET_PX = (480, 640)


def crop_around(
    face: tuple[float, float, float, float], width_px: int, height_px: int
) -> tuple[int, int, int, int]:
    """Return left, top, width, height of a 3:4 crop inside the picture with the face in it.

    Args:
        face: Left, top, width, height in pixels of the upright picture.
        width_px: Width of the upright picture.
        height_px: Its height.
    """
    left, top, face_width, face_height = face
    width = min(face_width / FACE_SHARE, width_px, height_px * 3 / 4)
    height = width * 4 / 3
    x = min(max(left + face_width / 2 - width / 2, 0), width_px - width)
    y = min(max(top + face_height / 2 - height * 0.45, 0), height_px - height)
    return round(x), round(y), int(width), int(height)
