// The geometry of zoom and pan, in CSS pixels, as pure functions.
// `frame`: { width, height } on screen. `picture`: { naturalWidth, naturalHeight }, the pixels at hand. `item`:
// { width, height }, the pixels of the file. { scale, x, y }: a point p of the frame in which the picture stands fitted
// is shown at scale * p + (x, y).
const MAX_SCREEN_PIXELS = 16; // to one pixel of the file
const MIN_MAX_SCALE = 8; // times the frame that any picture can be enlarged to

// Size of the fitted picture.
export function fittedSize(frame, { naturalWidth, naturalHeight }) {
  const fit = Math.min(frame.width / naturalWidth, frame.height / naturalHeight);
  return { width: naturalWidth * fit, height: naturalHeight * fit };
}

// Pixels of the file over pixels of the picture at hand, which may have been made smaller for the screen.
export function reduction(item, picture) {
  const whole = Math.max(item.width, item.height);
  return Math.max(1, whole / Math.max(picture.naturalWidth, picture.naturalHeight));
}

// The scale at which one pixel of the file is one pixel of a screen with `ratio` pixels to a CSS pixel.
export function actualScale(frame, item, picture, ratio) {
  return (picture.naturalWidth * reduction(item, picture)) / (fittedSize(frame, picture).width * ratio);
}

export function centred(frame, scale) {
  return { scale, x: (frame.width * (1 - scale)) / 2, y: (frame.height * (1 - scale)) / 2 };
}

// Zoom so that what lies under `point` stays there, within what `actual`, the scale of actual size, allows.
export function zoomed({ scale, x, y }, factor, point, actual) {
  const largest = Math.max(MIN_MAX_SCALE, MAX_SCREEN_PIXELS * actual);
  const next = Math.min(Math.max(scale * factor, Math.min(1, actual)), largest);
  return { scale: next, x: point.x - ((point.x - x) * next) / scale, y: point.y - ((point.y - y) * next) / scale };
}

// The frame has another size: what was in its middle stays there, as large as it was.
export function refitted({ scale, x, y }, before, after, picture) {
  const change = fittedSize(after, picture).width / fittedSize(before, picture).width;
  const next = scale / change;
  const moved = (offset, old, size) => {
    const fromMiddle = (old / 2 - offset) / scale - old / 2;
    return size / 2 - (fromMiddle * change + size / 2) * next;
  };
  return { scale: next, x: moved(x, before.width, after.width), y: moved(y, before.height, after.height) };
}

// An edge of the picture never comes inside the frame; a picture smaller than the frame stays in its middle.
export function confined({ scale, x, y }, frame, picture) {
  const fitted = fittedSize(frame, picture);
  const confine = (offset, room, side) => {
    const border = ((room - side) / 2) * scale;
    const size = side * scale;
    if (size <= room) return (room * (1 - scale)) / 2;
    return Math.min(0, Math.max(room - size, offset + border)) - border;
  };
  return { scale, x: confine(x, frame.width, fitted.width), y: confine(y, frame.height, fitted.height) };
}
