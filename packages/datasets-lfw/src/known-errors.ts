/*
 * Errors of LFW that its publishers list or others have found. The official lists keep them, and so does
 * `openLfw`; they matter for training negatives and for impostor scores. None of the aliases meets in a
 * different-person pair of View 2.
 */

/** Two names of one person. */
export const LFW_ALIASES: readonly (readonly [string, string])[] = [
  ['Choi_Sung-hong', 'Sung_Hong_Choi'],
  ['Chyung_Dai-chul', 'Dai_Chul_Chyung'],
  ['Felipe_De_Borbon', 'Prince_Felipe'],
  ['Hasan_Wirayuda', 'Hassan_Wirajuda'],
  ['John_Barnett', 'John_Burnett'],
  ['Nan_Wang', 'Wang_Nan'],
  ['Noer_Moeis', 'Noer_Muis'],
  ['Shinya_Taniguchi', 'Takahiro_Mori'],
  ['Wang_Yingfan', 'Yingfan_Wang'],
];

/** One photograph under two names; all of them are found by `nearDuplicates` in the deep-funneled images. */
export const LFW_DUPLICATES: readonly (readonly [string, string])[] = [
  ['Andrew_Caldecott/Andrew_Caldecott_0001.jpg', 'Andrew_Gilligan/Andrew_Gilligan_0001.jpg'],
  ['Bart_Hendricks/Bart_Hendricks_0001.jpg', 'Ricky_Ray/Ricky_Ray_0001.jpg'],
  ['Carlos_Beltran/Carlos_Beltran_0001.jpg', 'Raul_Ibanez/Raul_Ibanez_0001.jpg'],
  ['Emmy_Rossum/Emmy_Rossum_0001.jpg', 'Eva_Amurri/Eva_Amurri_0001.jpg'],
  ['Gabrielle_Rose/Gabrielle_Rose_0001.jpg', 'Martha_Bowen/Martha_Bowen_0002.jpg'],
];

/** Images that a public exclusion list names: a wrong label, or a duplicate under another name. */
export const LFW_DOUBTFUL_IMAGES: readonly string[] = [
  'Abdullah_Gul/Abdullah_Gul_0012.jpg',
  'Andrew_Caldecott/Andrew_Caldecott_0001.jpg',
  'Anja_Paerson/Anja_Paerson_0001.jpg',
  'Bart_Hendricks/Bart_Hendricks_0001.jpg',
  'Carlos_Beltran/Carlos_Beltran_0001.jpg',
  'Emmy_Rossum/Emmy_Rossum_0001.jpg',
  'Franklin_Damann/Franklin_Damann_0001.jpg',
  'Gabrielle_Rose/Gabrielle_Rose_0001.jpg',
  'James_Becker/James_Becker_0001.jpg',
  'Morgan_Hentzen/Morgan_Hentzen_0001.jpg',
  'Raul_Ibanez/Raul_Ibanez_0001.jpg',
  'Ricky_Ray/Ricky_Ray_0001.jpg',
  'Vecdi_Gonul/Vecdi_Gonul_0001.jpg',
];
