import { InvalidArgumentError } from '@ft/errors';
import { escapeHtml } from './escape-html.ts';

/** A picture inside the report. */
export interface ReportImage {
  /** The picture itself: `data:image/jpeg;base64,...` or `data:image/png;base64,...`. */
  readonly source: string;
  /** Shown below, and read out in the picture's place. */
  readonly caption: string;
}

/** Strips of pictures, one a group: a mined triplet, a pair that was judged wrong. */
export interface ImagesSection {
  readonly kind: 'images';
  readonly heading: string;
  readonly groups: readonly { readonly caption?: string; readonly images: readonly ReportImage[] }[];
}

const dataUri = /^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/;

export function renderImages({ heading, groups }: ImagesSection): string {
  const strips = groups.map(({ caption, images }) => {
    const pictures = images.map((image) => {
      if (!dataUri.test(image.source)) {
        throw new InvalidArgumentError({
          where: `renderReport, images "${heading}"`,
          argument: 'source',
          expected: 'a data URI of a PNG or JPEG picture in base64',
          got: image.source,
          remedy: 'Links to files are refused so that the report stays one file.',
        });
      }
      const text = escapeHtml(image.caption);
      return `<figure><img src="${image.source}" alt="${text}"><figcaption>${text}</figcaption></figure>`;
    });
    const title = caption === undefined ? '' : `<p>${escapeHtml(caption)}</p>`;
    return `<li>${title}<div class="strip">${pictures.join('')}</div></li>`;
  });
  return `<ul class="strips">${strips.join('')}</ul>`;
}
