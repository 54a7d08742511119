/** How the images were aligned by the publishers of LFW. */
export type LfwVariant = 'original' | 'funneled' | 'deep-funneled';

/** An archive whose content is known. */
export interface KnownArchive {
  readonly variant: LfwVariant;
  readonly sha256?: string;
  readonly md5?: string;
}

/** The published archives, and one re-packed copy of the deep-funneled images. */
export const knownArchives: readonly KnownArchive[] = [
  { variant: 'original', sha256: '055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0' },
  { variant: 'original', md5: 'a17d05bd522c52d84eca14327a23d494' },
  { variant: 'original', md5: 'ac79dc88658530a91423ebbba2b07bf3' },
  { variant: 'funneled', sha256: 'b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a' },
  { variant: 'funneled', md5: '1b42dfed7d15c9b2dd63d5e5840c86ad' },
  { variant: 'deep-funneled', md5: '68331da3eb755a505a502b5aacb3c201' },
  { variant: 'deep-funneled', sha256: '992406142b635a0239dc46b8887b7710215be0e50d7dc19060a50a639a6aef91' },
];

/** The variant that a file or folder name such as `lfw_funneled` or `lfw-deepfunneled.tgz` stands for. */
export function variantOfName(name: string): LfwVariant {
  if (/deep.?funneled/i.test(name)) return 'deep-funneled';
  return /funneled/i.test(name) ? 'funneled' : 'original';
}
