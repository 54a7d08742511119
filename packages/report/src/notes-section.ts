import { escapeHtml } from './escape-html.ts';

/** Plain text. A blank line starts a new paragraph. */
export interface NotesSection {
  readonly kind: 'notes';
  readonly heading: string;
  readonly text: string;
}

export function renderNotes({ text }: NotesSection): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => `<p>${escapeHtml(paragraph.trim())}</p>`)
    .join('');
}
