/**
 * The six categories in which LFW results are published: what was known about the training pairs, and what
 * data from outside LFW was used. Numbers of different categories must not be compared.
 *
 * A network pre-trained on labelled faces makes every later result `'unrestricted, labeled outside data'`.
 *
 * @see Huang and Learned-Miller, "Labeled Faces in the Wild: Updates and New Reporting Procedures" (2014)
 */
export type LfwCategory =
  | 'unsupervised'
  | 'image-restricted, no outside data'
  | 'unrestricted, no outside data'
  | 'image-restricted, label-free outside data'
  | 'unrestricted, label-free outside data'
  | 'unrestricted, labeled outside data';
