import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of a zip archive whose members are stored, not deflated. yauzl does not look at CRCs. */
function zip(members: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(members)) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(20, 4);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(data.length, 22);
    header.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    entry.writeUInt16LE(20, 6);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    local.push(header, name, data);
    central.push(entry, name);
    offset += header.length + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

/** Bytes of a TensorFlow wheel with tiny libraries. */
export function wheelBytes(
  options: {
    name?: string;
    version?: string;
    tag?: string;
    /** More lines of METADATA. */
    metadata?: string;
    members?: Readonly<Record<string, string>>;
    /** Replaces digests in RECORD. */
    record?: Readonly<Record<string, string>>;
  } = {},
): Buffer {
  const { name = 'tensorflow_cpu', version = '2.21.0', tag = hostTag } = options;
  const info = `${name}-${version}.dist-info`;
  const members: Record<string, string> = {
    'tensorflow/libtensorflow_cc.so.2': 'core',
    'tensorflow/libtensorflow_framework.so.2': 'framework',
    'tensorflow/include/tensorflow/c/c_api.h': '// header',
    'tensorflow/python/unwanted.py': 'pass',
    ...options.members,
    [`${info}/METADATA`]: `Metadata-Version: 2.4\nName: ${name}\nVersion: ${version}\n${options.metadata ?? ''}`,
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nTag: cp311-cp311-${tag}\n`,
  };
  const record = Object.entries(members).map(([path, text]) => {
    const digest = options.record?.[path] ?? createHash('sha256').update(text).digest('base64url');
    return `${path},sha256=${digest},${text.length}`;
  });
  return zip({ ...members, [`${info}/RECORD`]: [...record, `${info}/RECORD,,`].join('\r\n') });
}

export const hostTag = `manylinux_2_17_${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

/** Writes a wheel into a folder and returns its path. */
export function writeWheel(
  directory: string,
  options: Parameters<typeof wheelBytes>[0] & { file?: string } = {},
): string {
  const path = join(directory, options.file ?? 'fake-1.0-cp311-cp311-any.whl');
  writeFileSync(path, wheelBytes(options));
  return path;
}
