import { FtError } from '@ft/errors';

/** The engine that was required cannot be had here; the message says why and what to do. */
export class EngineUnavailableError extends FtError {
  static override readonly code: string = 'FT_ENGINE_UNAVAILABLE';
}

/** The engine failed while it computed; what it gives from then on is wrong. */
export class EngineFailedError extends FtError {
  static override readonly code: string = 'FT_ENGINE_FAILED';
}

/** No native engine can be installed on this platform (system, processor, C library). */
export class UnsupportedPlatformError extends FtError {
  static override readonly code: string = 'FT_ENGINE_PLATFORM';
}

/** There is no C++ compiler to build the addon with. */
export class NoCompilerError extends FtError {
  static override readonly code: string = 'FT_ENGINE_NO_COMPILER';
}

/** The C++ compiler refused the addon's sources. */
export class CompileError extends FtError {
  static override readonly code: string = 'FT_ENGINE_COMPILE';
}

/** The disk has no room for the download or the unpacked libraries. */
export class DiskSpaceError extends FtError {
  static override readonly code: string = 'FT_ENGINE_DISK_FULL';
}

/** The cache folder cannot be written. */
export class CacheNotWritableError extends FtError {
  static override readonly code: string = 'FT_ENGINE_CACHE';
}

/** A file's SHA-256 differs from the published one. */
export class ChecksumError extends FtError {
  static override readonly code: string = 'FT_ENGINE_CHECKSUM';
}

/** The file is no Python wheel, or is a damaged one. */
export class BadWheelError extends FtError {
  static override readonly code: string = 'FT_ENGINE_BAD_WHEEL';
}

/** The wheel is sound but of no use here: another package, another platform, too old. */
export class UnsuitableWheelError extends FtError {
  static override readonly code: string = 'FT_ENGINE_UNSUITABLE_WHEEL';
}

/** No TensorFlow wheel could be had from any source. */
export class NoWheelError extends FtError {
  static override readonly code: string = 'FT_ENGINE_NO_WHEEL';
}

/** A download failed: no network, a server's refusal, or a page of a proxy instead of the file. */
export class DownloadError extends FtError {
  static override readonly code: string = 'FT_ENGINE_DOWNLOAD';
}

/** An archive of the official binary is damaged, or is something else. */
export class BadArchiveError extends FtError {
  static override readonly code: string = 'FT_ENGINE_BAD_ARCHIVE';
}

/** The addon was built but does not load. */
export class BrokenEngineError extends FtError {
  static override readonly code: string = 'FT_ENGINE_BROKEN';
}
