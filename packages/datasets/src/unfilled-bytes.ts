/** An array that holds anything: for a caller who writes every byte of it, which saves writing zeros before. */
export function unfilledBytes(length: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}
