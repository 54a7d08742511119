import type { Query, Row } from './database.ts';
import type { GalleryContents, GalleryNetwork } from './gallery.ts';

/** Rows that are asked for at a time. */
const pageSize = 5000;

/** Reads all images of a gallery as of one moment. Must be the whole of a transaction. */
export async function readContents(query: Query, network: GalleryNetwork): Promise<GalleryContents> {
  await query('set transaction isolation level repeatable read');
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await query(
      `select person, image, enrolled_at, embedding::text as embedding from ft_gallery.image
       where (person, image) > ($1, $2) order by person, image limit ${pageSize}`,
      // Nothing comes before the empty text, and nobody is called that.
      [last?.['person'] ?? '', last?.['image'] ?? ''],
    );
    rows.push(...page);
    if (page.length < pageSize) break;
  }
  const { dimension } = network;
  const embeddings = new Float32Array(rows.length * dimension);
  for (const [i, row] of rows.entries()) {
    embeddings.set(JSON.parse(row['embedding'] as string) as number[], i * dimension);
  }
  return {
    ...network,
    names: rows.map((row) => row['person'] as string),
    images: rows.map((row) => row['image'] as string),
    enrolledAt: rows.map((row) => row['enrolled_at'] as Date),
    embeddings,
  };
}
