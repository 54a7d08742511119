/** Ids that contain a text in which `*` stands for anything, in capitals or not. */
export function idPattern(text: string): RegExp {
  return new RegExp(text.replaceAll(/[$()+.?[\\\]^{|}]/g, String.raw`\$&`).replaceAll('*', '.*'), 'i');
}
