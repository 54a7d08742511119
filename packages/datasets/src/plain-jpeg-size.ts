/**
 * The size of a JPEG whose bytes mean what they say: 8 bits, three colours or grey, and neither EXIF (it may
 * be rotated), nor a colour profile, nor Adobe's mark (it may be four-colour or plain RGB). Otherwise undefined.
 *
 * @see ITU-T T.81, annex B: markers and frame header
 */
export function plainJpegSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  let at = 2;
  while (at + 10 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    const length = bytes.readUInt16BE(at + 2);
    const startOfFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (startOfFrame) {
      const components = bytes[at + 9];
      if (bytes[at + 4] !== 8 || (components !== 1 && components !== 3)) return undefined;
      const height = bytes.readUInt16BE(at + 5);
      const width = bytes.readUInt16BE(at + 7);
      return width > 0 && height > 0 ? { width, height } : undefined;
    }
    // APP1 carries EXIF, APP2 colour profiles, APP14 Adobe's mark.
    if (marker === 0xe1 || marker === 0xe2 || marker === 0xee) return undefined;
    // A marker without a length, or the start of the pixels before any frame: leave it to others.
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda) || length < 2) return undefined;
    at += 2 + length;
  }
  return undefined;
}
